package ffmerge;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes small files so that a reader finds all of one, or the old one: beside, then moved into place. */
public final class WholeFile {
    private WholeFile() {}

    /**
     * Writes a file, in place of one that is there.
     *
     * @throws UserError if it can't be written, or what is there is no file; nothing is changed then
     */
    public static void write(Path file, byte[] bytes) {
        FileKind.requireReplaceable(file);
        Path folder = file.toAbsolutePath().getParent();
        Beside.sweep(folder);
        try (Beside beside = Beside.of(folder, file.getFileName().toString())) {
            Files.write(beside.path(), bytes);
            Files.move(beside.path(), file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Interrupted.throwIfCause(e);
            String reason = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : reason(file);
            throw new UserError("cannot write " + file + ": " + reason + "; nothing was changed", e);
        }
    }

    /** What the JDK leaves unsaid: a missing folder comes as a missing file. */
    private static String reason(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            return "there is no folder " + folder;
        }
        return Files.isWritable(folder) ? "the disk doesn't take it" : "the folder is read-only";
    }
}
