package ffmerge;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Deletes what this program made: files, and folders that hold files. No folder within a folder is ever deleted. */
public final class FlatFolder {
    private FlatFolder() {}

    /**
     * Deletes a file, or a folder with its files; nothing where nothing is.
     *
     * @throws DirectoryNotEmptyException if the folder holds anything but files; those are gone then, the rest stays
     */
    public static void delete(Path path) throws IOException {
        if (FileKind.of(path) == FileKind.FOLDER) {
            List<Path> files;
            try (Stream<Path> list = Files.list(path)) {
                files = list.filter(f -> FileKind.of(f) == FileKind.FILE).toList();
            }
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(path);
    }
}
