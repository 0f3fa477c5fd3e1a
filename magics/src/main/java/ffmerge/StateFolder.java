package ffmerge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the log of runs and the state of unfinished work are kept: {@code .ffmerge} in the working folder, or what
 * {@code FFMERGE_STATE} names.
 */
public record StateFolder(Path folder) {
    public static StateFolder find() {
        String named = System.getProperty("ffmerge.state", System.getenv("FFMERGE_STATE"));
        return new StateFolder(named == null || named.isBlank() ? Path.of(".ffmerge") : Path.of(named));
    }

    /** @throws UserError if the folder can't be made */
    public Path sub(String name) {
        Path sub = folder.resolve(name);
        try {
            return Files.createDirectories(sub);
        } catch (IOException e) {
            throw new UserError(
                    "cannot make the folder " + sub.toAbsolutePath() + " for runs and unfinished work: "
                            + e.getMessage() + "; FFMERGE_STATE may name another place",
                    e);
        }
    }
}
