package ffmerge.data;

import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds and reads the text of a data set's split. */
public final class TextFiles {
    private TextFiles() {}

    /**
     * The file of a split: in {@code where} itself if it is a file (then it is every split), else {@code train.txt},
     * {@code NAME-train.txt} and so on in the folder.
     *
     * @throws UserError if there is none
     */
    public static Path find(Path where, Split split) {
        return find(where, split, "txt");
    }

    /**
     * As {@link #find(Path, Split)}, for files that end otherwise.
     *
     * @param ending without the dot
     */
    static Path find(Path where, Split split, String ending) {
        if (Files.isRegularFile(where)) {
            return where;
        }
        if (!Files.isDirectory(where)) {
            throw new UserError("there is no file or folder " + where);
        }
        List<Path> texts = list(where, ending);
        Optional<Path> own = texts.stream()
                .filter(f -> f.getFileName().toString().matches("(.*[-_.])?" + split.label() + "\\." + ending))
                .findFirst();
        if (own.isEmpty() && texts.size() == 1) {
            return texts.get(0); // a folder without splits is taken whole
        }
        return own.orElseThrow(() -> new UserError(where + " has no text for the split " + split.label()
                + "; expected is a file " + split.label() + "." + ending + " or NAME-" + split.label() + "." + ending));
    }

    /** The files of a folder that end so, in the order of their names. */
    static List<Path> list(Path where, String ending) {
        try (Stream<Path> files = Files.list(where)) {
            return files.filter(f -> f.toString().endsWith("." + ending))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + where, e);
        }
    }

    /** @throws UserError if the file can't be read or isn't UTF-8 */
    public static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }
}
