package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Images in the hub's parquet format: a struct column with the encoded {@code bytes} of an image, a column with the
 * number of its class, and the names of the classes in the file's metadata. Small data are read once and held, encoded;
 * of large data only the labels are held.
 */
final class ParquetImages implements ImageFiles {
    /** Data of fewer bytes are held in memory. */
    private static final long SMALL = 64 << 20;

    private static final Columns.Part IMAGE = new Columns.Part("image");
    private static final Columns.Part LABEL = new Columns.Part("label");
    private static final List<Columns.Part> PARTS = List.of(IMAGE, LABEL);

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
        try (Connection database = ParquetFile.open()) {
            JsonNode features = first.features(database);
            Map<String, String> columns = first.columns(database);
            List<String> chosen = asked.areAsked()
                    ? asked.choose(files.get(0), columns.keySet(), PARTS)
                    : List.of(
                            column(features, "Image", IMAGE, columns, files.get(0)),
                            column(features, "ClassLabel", LABEL, columns, files.get(0)));
            String image = chosen.get(0);
            String label = chosen.get(1);
            requireType(image, columns, t -> t.equals("BLOB") || t.contains("bytes BLOB"), "encoded images", files);
            requireType(label, columns, t -> t.matches("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?"), "class numbers", files);
            imageBytes = ParquetFile.quote(image) + (columns.get(image).equals("BLOB") ? "" : ".bytes");
            classNames = names(features.path(label).path("names"));
            List<Long> all = new ArrayList<>();
            long bytes = 0;
            for (Path file : files) {
                int before = all.size();
                bytes += readLabels(database, file, ParquetFile.quote(label), all);
                parts.add(new Part(file, before, all.size() - before));
            }
            labels = all.stream().mapToInt(ParquetImages::label).toArray();
            held = bytes < small ? readAll(database) : null;
        } catch (SQLException e) {
            throw first.cannotRead(e);
        }
        if (labels.length == 0) {
            throw new UserError(files.get(0) + " holds no images");
        }
    }

    /** The first column of a type, by the metadata, else the one of the usual name. */
    private static String column(
            JsonNode features, String type, Columns.Part usual, Map<String, String> columns, Path file) {
        return features.properties().stream()
                .filter(f -> f.getValue().path("_type").asText().equals(type))
                .map(Map.Entry::getKey)
                .filter(columns::containsKey)
                .findFirst()
                .or(() -> Columns.known(columns.keySet(), usual))
                .orElseThrow(() -> Columns.missing(file, columns.keySet(), usual, PARTS));
    }

    private static void requireType(
            String column, Map<String, String> columns, Predicate<String> fits, String what, List<Path> files) {
        if (!fits.test(columns.get(column))) {
            throw new UserError(files.get(0) + ": the column '" + column + "' should hold " + what + ", holds "
                    + columns.get(column));
        }
    }

    private static List<String> names(JsonNode names) {
        List<String> list = new ArrayList<>();
        names.forEach(name -> list.add(name.asText()));
        return List.copyOf(list);
    }

    /** Adds a file's labels; returns how many bytes its images have. */
    private long readLabels(Connection database, Path file, String label, List<Long> into) throws SQLException {
        long bytes = 0;
        String sql = "SELECT coalesce(" + label + ", -1)::BIGINT, coalesce(octet_length(" + imageBytes
                + "), 0) FROM read_parquet(?)";
        try (PreparedStatement query = new ParquetFile(file).query(database, sql);
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                into.add(rows.getLong(1));
                bytes += rows.getLong(2);
            }
        }
        return bytes;
    }

    private static int label(long number) {
        return number == (int) number ? (int) number : -1;
    }

    private List<byte[]> readAll(Connection database) throws SQLException {
        List<byte[]> all = new ArrayList<>();
        for (Part part : parts) {
            String sql = "SELECT " + imageBytes + " FROM read_parquet(?)";
            try (PreparedStatement query = new ParquetFile(part.file).query(database, sql);
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    all.add(bytes(rows, 1));
                }
            }
        }
        return all;
    }

    /** Nothing where the file has null, as it does for an image that is kept elsewhere. */
    private static byte[] bytes(ResultSet rows, int column) throws SQLException {
        byte[] bytes = rows.getBytes(column);
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
        new ParquetFile(part.file).forEach(sql, row -> into.put(row.getInt(1) + part.offset, bytes(row, 2)));
    }
}
