package ffmerge.data;

import ffmerge.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** Finds the images of a data set's split. */
final class ImageLocation {
    private ImageLocation() {}

    /**
     * Opens a parquet file, a folder of them (by the split's name: {@code train.parquet}, {@code NAME-train.parquet},
     * {@code train-00000-of-00005.parquet}, also in a folder {@code data} as on the hub), or class folders (in a folder
     * of the split's name). What has no splits is taken whole.
     *
     * @throws UserError if there is nothing of the kind
     */
    static ImageFiles open(Path where, Split split, Columns columns) {
        if (Files.isRegularFile(where)) {
            requireParquet(where);
            return new ParquetImages(List.of(where), columns);
        }
        if (!Files.isDirectory(where)) {
            throw new UserError("there is no file or folder " + where);
        }
        List<Path> parquet = parquet(where);
        if (!parquet.isEmpty()) {
            return new ParquetImages(ofSplit(where, parquet, split), columns);
        }
        if (columns.areAsked()) {
            throw new UserError("--columns " + columns.text() + ": " + where + " holds no table of images, whose names"
                    + " end in .parquet");
        }
        return new ImageFolder(folderOfSplit(where, split));
    }

    private static void requireParquet(Path file) {
        if (!file.toString().endsWith(".parquet")) {
            throw new UserError(
                    file + " is no .parquet file: images are read from parquet, or from a folder for each class");
        }
    }

    /** The Parquet files of a split, as {@link #open} finds them; empty where there are none at all. */
    static List<Path> parquetOf(Path where, Split split) {
        if (Files.isRegularFile(where)) {
            return where.toString().endsWith(".parquet") ? List.of(where) : List.of();
        }
        List<Path> all = Files.isDirectory(where) ? parquet(where) : List.of();
        return all.isEmpty() ? all : ofSplit(where, all, split);
    }

    private static List<Path> parquet(Path folder) {
        List<Path> own = ImageFolder.list(folder).stream()
                .filter(f -> f.toString().endsWith(".parquet") && Files.isRegularFile(f))
                .toList();
        Path data = folder.resolve("data");
        return own.isEmpty() && Files.isDirectory(data) ? parquet(data) : own;
    }

    private static List<Path> ofSplit(Path where, List<Path> parquet, Split split) {
        List<Path> own = parquet.stream().filter(names(split)).toList();
        boolean hasSplits = parquet.stream().anyMatch(f -> anyNames(f));
        if (own.isEmpty() && hasSplits) {
            throw new UserError(where + " has no parquet file for the split " + split.label() + "; expected is a file "
                    + split.label() + ".parquet or NAME-" + split.label() + ".parquet");
        }
        return own.isEmpty() ? parquet : own;
    }

    private static Path folderOfSplit(Path where, Split split) {
        List<Path> folders =
                ImageFolder.list(where).stream().filter(Files::isDirectory).toList();
        Optional<Path> own = folders.stream().filter(names(split)).findFirst();
        if (own.isEmpty() && folders.stream().anyMatch(f -> anyNames(f))) {
            throw new UserError(where + " has no folder for the split " + split.label() + "; it has "
                    + String.join(
                            ", ",
                            folders.stream()
                                    .map(f -> f.getFileName().toString())
                                    .toList()));
        }
        return own.orElse(where);
    }

    private static boolean anyNames(Path file) {
        return names(Split.TRAIN)
                .or(names(Split.VALIDATION))
                .or(names(Split.TEST))
                .test(file);
    }

    /** Whether a file's or folder's name has the split's as a word of its own. */
    private static Predicate<Path> names(Split split) {
        String words = split == Split.VALIDATION ? "validation|valid|val|dev" : split.label();
        return file -> Files.isDirectory(file)
                ? file.getFileName().toString().toLowerCase(Locale.ROOT).matches(words)
                : file.getFileName().toString().toLowerCase(Locale.ROOT).matches("(.*[-_.])?(" + words + ")([-_.].*)?");
    }
}
