package ffmerge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A file or folder as a user writes it.
 *
 * <p>{@code ~} and {@code ~/…} are the user's home, as in a shell. {@code ..} is the folder above where the system has it:
 * behind a link, above what the link leads to. What is not there yet is taken by its name, as Python's {@code realpath}
 * takes it. What a relative path names is told of by a relative path.
 */
public final class UserPath {
    private UserPath() {}

    /** @throws UserError if the text can't name a file here: it is empty, or has characters that the system doesn't take */
    public static Path of(String text) {
        return of(text, System.getProperty("user.home"));
    }

    /** @param home what {@code ~} stands for */
    public static Path of(String text, String home) {
        if (text.isBlank()) {
            throw new UserError("an empty text names no file; . is the working folder");
        }
        if (text.indexOf('\0') >= 0) {
            throw new UserError("'" + text + "' has a NUL character, which no file's name may have");
        }
        if (text.startsWith("~")) {
            return ofHome(text, home);
        }
        return resolved(plain(text));
    }

    /** Whether something of this name is there; false as well where the text can name no file. */
    public static boolean exists(String text) {
        try {
            return Files.exists(of(text));
        } catch (UserError e) {
            return false;
        }
    }

    private static Path ofHome(String text, String home) {
        String rest = text.substring(1);
        if (!rest.isEmpty() && rest.charAt(0) != '/' && rest.charAt(0) != '\\') {
            throw new UserError(
                    "'" + text + "': only your own home is known here, as ~/…; write another's from the root"
                            + " on, or ./" + text + " where that is the name");
        }
        if (home == null || home.isBlank() || home.equals("?")) { // what Java says of a user without one
            throw new UserError(
                    "'" + text + "': it isn't known here where your home is; write the path from the root on");
        }
        return resolved(plain(home + rest));
    }

    private static Path plain(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new UserError("'" + text + "' can name no file here: " + reason(e), e);
        }
    }

    private static String reason(InvalidPathException e) {
        boolean unmappable = e.getReason().contains("unmappable");
        return unmappable
                ? "files' names are written in " + System.getProperty("sun.jnu.encoding")
                        + ", which lacks a character of it; start Jupyter with LC_ALL=C.UTF-8"
                : e.getReason();
    }

    /**
     * A path without {@code ..} stays as it is written. One that has any is normalized, and stays relative where it leads
     * there as it is read, which is what the user knows it by; behind a link it is absolute.
     */
    private static Path resolved(Path path) {
        Path resolved = path.getRoot();
        boolean up = false;
        for (Path name : path) {
            if (name.toString().equals("..")) {
                up = true;
                resolved = above(resolved == null ? Path.of("").toAbsolutePath() : resolved.toAbsolutePath());
            } else {
                resolved = resolved == null ? name : resolved.resolve(name);
            }
        }
        return up ? relative(path.normalize(), resolved.normalize()) : path;
    }

    /** The first where it leads to the second and has a name of its own, as {@code ..} has none; else the second. */
    private static Path relative(Path read, Path resolved) {
        boolean isNamed = !read.toString().isEmpty() && !read.endsWith("..");
        boolean leadsThere = read.toAbsolutePath().normalize().equals(resolved);
        return isNamed && leadsThere ? read : resolved;
    }

    private static Path above(Path folder) {
        Path real;
        try {
            real = folder.toRealPath();
        } catch (IOException e) {
            real = folder.normalize(); // it isn't there yet
        }
        return real.getParent() == null ? real : real.getParent();
    }
}
