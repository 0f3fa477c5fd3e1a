package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Images in the hub's parquet format: a struct column with the encoded {@code bytes} of an image, and a column with the
 * number of its class, whose names are in the file's metadata, or the name itself. Small data are read once and held,
 * encoded; of large data only the labels are held.
 */
final class ParquetImages implements ImageFiles {
    /** Data of fewer bytes are held in memory. */
    private static final long SMALL = 64 << 20;

    private static final Columns.Part IMAGE = new Columns.Part("image", "img");
    private static final Columns.Part LABEL = new Columns.Part("label", "labels", "fine_label");
    private static final List<Columns.Part> PARTS = List.of(IMAGE, LABEL);

    private static final int NO_LABEL = -1;

    /** @param offset the number of its first image */
    private record Part(Path file, int offset, int rows) {}

    private final List<Part> parts = new ArrayList<>();
    private final List<String> classNames;
    private final int[] labels;
    private final String imageBytes;
    /** By image; null for large data. */
    private final List<byte[]> held;

    /**
     * @param files of one split, in order
     * @param columns that are asked for
     * @throws UserError if a file can't be read or isn't in the hub's image format
     */
    ParquetImages(List<Path> files, Columns columns) {
        this(files, columns, SMALL);
    }

    /** @param small data of fewer bytes are held in memory */
    ParquetImages(List<Path> files, Columns asked, long small) {
        ParquetFile first = new ParquetFile(files.get(0));
        JsonNode features = first.features();
        Map<String, String> columns = first.columns();
        List<String> chosen = asked.areAsked()
                ? asked.choose(files.get(0), columns.keySet(), PARTS)
                : List.of(
                        column(features, "Image", IMAGE, columns, files.get(0)),
                        column(features, "ClassLabel", LABEL, columns, files.get(0)));
        String image = chosen.get(0);
        String label = chosen.get(1);
        requireType(image, columns, t -> t.equals("BLOB") || t.contains("bytes BLOB"), "encoded images", files);
        requireType(label, columns, t -> isText(t) || isNumber(t), "classes, as numbers or names", files);
        imageBytes = ParquetFile.quote(image) + (columns.get(image).equals("BLOB") ? "" : ".bytes");
        boolean named = isText(columns.get(label));
        String sql = named ? ParquetFile.quote(label) : "coalesce(" + ParquetFile.quote(label) + ", -1)::BIGINT";
        Labels found = new Labels(sql);
        long bytes = 0;
        for (Path file : files) {
            int before = found.numbers.size();
            bytes += found.read(file, imageBytes);
            parts.add(new Part(file, before, found.numbers.size() - before));
        }
        labels = found.numbers.stream().mapToInt(i -> i).toArray();
        classNames = named ? List.copyOf(found.places.keySet()) : names(features, label);
        held = bytes < small ? readAll() : null;
        if (labels.length == 0) {
            throw new UserError(files.get(0) + " holds no images");
        }
    }

    private static boolean isText(String type) {
        return type.equals("VARCHAR");
    }

    private static boolean isNumber(String type) {
        return type.matches("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?");
    }

    /** The images' classes by number: as the files have them, or counted as their names first come. */
    private static final class Labels {
        private final String sql;
        private final Map<String, Integer> places = new LinkedHashMap<>();
        private final List<Integer> numbers = new ArrayList<>();

        /** @param sql of a class's number or name */
        Labels(String sql) {
            this.sql = sql;
        }

        /** Reads a file's; returns how many bytes its images have. */
        long read(Path file, String image) {
            long[] bytes = new long[1];
            String query = "SELECT " + sql + ", coalesce(octet_length(" + image + "), 0) FROM read_parquet(?)";
            new ParquetFile(file).forEach(query, row -> {
                numbers.add(number(row.cells().get(0)));
                bytes[0] += row.number(1);
            });
            return bytes[0];
        }

        private int number(Object label) {
            if (label instanceof String name) {
                return places.computeIfAbsent(name, n -> places.size());
            }
            return label instanceof Long number && number.intValue() == number ? number.intValue() : NO_LABEL;
        }
    }

    /** The only column of a type, by the metadata, else the one of the usual name. */
    private static String column(
            JsonNode features, String type, Columns.Part usual, Map<String, String> columns, Path file) {
        List<String> ofType = features.properties().stream()
                .filter(f -> f.getValue().path("_type").asText().equals(type))
                .map(Map.Entry::getKey)
                .filter(columns::containsKey)
                .toList();
        if (ofType.size() == 1) {
            return ofType.get(0);
        }
        return Columns.known(ofType.isEmpty() ? columns.keySet() : ofType, usual)
                .orElseThrow(() -> Columns.missing(file, columns.keySet(), usual, PARTS));
    }

    private static void requireType(
            String column, Map<String, String> columns, Predicate<String> fits, String what, List<Path> files) {
        if (!fits.test(columns.get(column))) {
            throw new UserError(files.get(0) + ": the column '" + column + "' should hold " + what + ", holds "
                    + columns.get(column));
        }
    }

    private static List<String> names(JsonNode features, String label) {
        List<String> list = new ArrayList<>();
        features.path(label).path("names").forEach(name -> list.add(name.asText()));
        return List.copyOf(list);
    }

    private List<byte[]> readAll() {
        List<byte[]> all = new ArrayList<>();
        for (Part part : parts) {
            new ParquetFile(part.file)
                    .forEach("SELECT " + imageBytes + " FROM read_parquet(?)", row -> all.add(bytes(row, 0)));
        }
        return all;
    }

    /** Nothing where the file has null, as it does for an image that is kept elsewhere. */
    private static byte[] bytes(ParquetFile.Row row, int column) {
        byte[] bytes = row.bytes(column);
        return bytes == null ? new byte[0] : bytes;
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int label(int image) {
        return labels[image];
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public String name(int image) {
        Part part = part(image);
        return "row " + (image - part.offset) + " of " + part.file;
    }

    private Part part(int image) {
        return parts.stream().filter(p -> image < p.offset + p.rows).findFirst().orElseThrow();
    }

    @Override
    public List<byte[]> read(int[] images) {
        if (held != null) {
            return Arrays.stream(images).mapToObj(held::get).toList();
        }
        Map<Integer, byte[]> read = new LinkedHashMap<>();
        Map<Part, List<Integer>> byPart = Arrays.stream(images).boxed().collect(Collectors.groupingBy(this::part));
        byPart.forEach((part, of) -> read(part, of, read));
        return Arrays.stream(images).mapToObj(read::get).toList();
    }

    private void read(Part part, List<Integer> images, Map<Integer, byte[]> into) {
        String rowNumbers =
                images.stream().map(i -> String.valueOf(i - part.offset)).collect(Collectors.joining(","));
        String sql = "SELECT file_row_number, " + imageBytes
                + " FROM read_parquet(?, file_row_number = true) WHERE file_row_number IN (" + rowNumbers + ")";
        new ParquetFile(part.file).forEach(sql, row -> into.put((int) row.number(0) + part.offset, bytes(row, 1)));
    }
}
