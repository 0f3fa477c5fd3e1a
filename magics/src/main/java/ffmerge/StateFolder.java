package ffmerge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where the log of runs and the state of unfinished work are kept: {@code .ffmerge} in the working folder, or what
 * {@code FFMERGE_STATE} names.
 *
 * @param folder null where what is named can be no folder
 * @param mistake why not
 */
public record StateFolder(Path folder, String mistake) {
    public StateFolder(Path folder) {
        this(folder, "");
    }

    public static StateFolder find() {
        String named = System.getProperty("ffmerge.state", System.getenv("FFMERGE_STATE"));
        if (named == null || named.isBlank()) {
            return new StateFolder(Path.of(".ffmerge"));
        }
        try {
            return new StateFolder(UserPath.of(named));
        } catch (UserError e) {
            return new StateFolder(null, e.getMessage()); // the kernel starts all the same
        }
    }

    /** @throws UserError if the folder can't be made */
    public Path sub(String name) {
        if (folder == null) {
            throw new UserError("FFMERGE_STATE names no folder for runs and unfinished work: " + mistake);
        }
        Path sub = folder.resolve(name);
        try {
            return Files.createDirectories(sub);
        } catch (IOException e) {
            throw new UserError(
                    "cannot make the folder " + sub.toAbsolutePath() + " for runs and unfinished work: "
                            + reason(sub, e) + "; FFMERGE_STATE may name another place",
                    e);
        }
    }

    /** Something else may have the name of the folder, or of the one above. */
    private static String reason(Path sub, IOException e) {
        for (Path path : List.of(sub, sub.toAbsolutePath().getParent())) {
            FileKind kind = FileKind.behindLinks(path);
            if (kind != FileKind.NOTHING && kind != FileKind.FOLDER) {
                return path + " is " + kind.label();
            }
        }
        return UserError.reason(e);
    }
}
