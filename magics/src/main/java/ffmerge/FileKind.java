package ffmerge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** What stands at a path. It is asked of the name alone: nothing is opened, as opening a named pipe waits for ever. */
public enum FileKind {
    NOTHING("not there"),
    FILE("a file"),
    FOLDER("a folder"),
    LINK("a link"),
    PIPE("a named pipe"),
    SOCKET("a socket"),
    DEVICE("a device"),
    OTHER("neither a file nor a folder");

    /** The bits of a Unix mode that say the kind, and their values: {@code sys/stat.h}. */
    private static final int KIND = 0170000;

    private static final int PIPES = 0010000;
    private static final int CHARACTER_DEVICES = 0020000;
    private static final int BLOCK_DEVICES = 0060000;
    private static final int SOCKETS = 0140000;

    private final String label;

    FileKind(String label) {
        this.label = label;
    }

    /** As it stands behind "is". */
    public String label() {
        return label;
    }

    /** What stands there itself; a link is one, wherever it leads. */
    public static FileKind of(Path path) {
        return of(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** What a link leads to, else what stands there; a link that leads nowhere is {@link #NOTHING}. */
    public static FileKind behindLinks(Path path) {
        return of(path, new LinkOption[0]);
    }

    private static FileKind of(Path path, LinkOption... links) {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class, links);
        } catch (IOException e) {
            return NOTHING; // or where nobody may look: whoever opens it is told
        }
        if (attributes.isRegularFile()) {
            return FILE;
        }
        if (attributes.isDirectory()) {
            return FOLDER;
        }
        return attributes.isSymbolicLink() ? LINK : special(path, links);
    }

    private static FileKind special(Path path, LinkOption... links) {
        try {
            return switch ((int) Files.getAttribute(path, "unix:mode", links) & KIND) {
                case PIPES -> PIPE;
                case SOCKETS -> SOCKET;
                case CHARACTER_DEVICES, BLOCK_DEVICES -> DEVICE;
                default -> OTHER;
            };
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return OTHER; // a system that keeps no Unix modes
        }
    }

    /**
     * Makes sure that a file may be written here: in place of a file, or of nothing.
     *
     * @throws UserError if a folder, a link, a pipe, a device or the like stands there
     */
    public static void requireReplaceable(Path file) {
        FileKind kind = of(file);
        if (kind != NOTHING && kind != FILE) {
            throw new UserError("cannot write " + file + ": it is " + kind.label + "; name another file");
        }
    }

    /**
     * Makes sure that a file can be read without waiting for a writer.
     *
     * @throws UserError if a folder, a pipe, a device or the like stands there, or a link leads to one
     */
    public static void requireReadable(Path file) {
        FileKind kind = behindLinks(file);
        if (kind != NOTHING && kind != FILE) {
            throw new UserError("cannot read " + file + ": it is " + kind.label + "; a file is needed");
        }
    }
}
