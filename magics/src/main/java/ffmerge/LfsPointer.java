package ffmerge;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The few lines that Git leaves in place of a large file where Git LFS isn't installed. Repositories of models and data are
 * cloned so by accident.
 *
 * @see <a href="https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md">its specification</a>
 */
public final class LfsPointer {
    private static final byte[] BEGINNING =
            "version https://git-lfs.github.com/spec/v1\n".getBytes(StandardCharsets.US_ASCII);

    private LfsPointer() {}

    /**
     * Makes sure that a file is what its name says. A file that can't be read is left to whoever reads it.
     *
     * @throws UserError if it is a pointer
     */
    public static void refuse(Path file) {
        if (FileKind.behindLinks(file) != FileKind.FILE) {
            return;
        }
        try (InputStream in = Files.newInputStream(file)) {
            if (Arrays.equals(in.readNBytes(BEGINNING.length), BEGINNING)) {
                throw new UserError(
                        file + " is a pointer of Git LFS and not the file itself; git lfs pull, in the folder"
                                + " that was cloned, fetches the file");
            }
        } catch (IOException e) {
            Interrupted.throwIfCause(e);
        }
    }
}
