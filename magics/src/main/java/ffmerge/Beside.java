package ffmerge;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A hidden place {@code .NAME.UUID} beside a file or folder {@code NAME}, where the new one grows until all of it is there
 * and can be moved.
 *
 * <p>While it is used, {@code .NAME.UUID.lock} is locked. The system gives up a lock when its process dies, however that
 * dies, on whichever machine that shares the disk: so {@link #sweep} tells what was left behind from what is at work. On a
 * disk without locks nothing can tell, and nothing is swept.
 */
public final class Beside implements AutoCloseable {
    private static final String LOCK = ".lock";
    private static final String OLD = ".old";
    private static final Pattern HIDDEN = Pattern.compile(
            "(?s)(?<stem>\\.(?<name>.+)\\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\\.lock|\\.old)?");

    /** Of this process: the system's lock is the whole process's, and closing any channel on the file gives it up. */
    private static final Set<Path> OWN_LOCKS = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final Path lock;
    private final FileChannel channel;

    private Beside(Path path, Path lock, FileChannel channel) {
        this.path = path;
        this.lock = lock;
        this.channel = channel;
    }

    /**
     * A place for a new file or folder; nothing is there yet.
     *
     * @param folder on whose disk it is
     * @param name of what it will become
     */
    public static Beside of(Path folder, String name) throws IOException {
        Path real = folder.toRealPath();
        while (true) {
            Path path = real.resolve("." + name + "." + UUID.randomUUID());
            Path lock = sibling(path, LOCK);
            OWN_LOCKS.add(lock);
            FileChannel channel = null;
            try {
                channel = FileChannel.open(lock, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                // a sweeper may have come between the file and its lock, and have deleted it
                if (isLocked(channel) && Files.exists(lock)) {
                    return new Beside(path, lock, channel);
                }
            } catch (IOException | RuntimeException e) {
                release(lock, channel);
                throw e;
            }
            release(lock, channel);
        }
    }

    /** Whether the lock was had; on a disk that has no locks nobody gets one, and the file alone keeps sweepers away. */
    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (IOException e) {
            if (Interrupted.isCause(e)) {
                throw e;
            }
            return true;
        }
    }

    private static Path sibling(Path path, String ending) {
        return path.resolveSibling(path.getFileName() + ending);
    }

    public Path path() {
        return path;
    }

    /** Where what stands at {@code NAME} may be put aside; the next {@link #sweep} brings it back if {@code NAME} is gone. */
    public Path old() {
        return sibling(path, OLD);
    }

    /** Deletes what was put aside, which has been replaced by now. */
    public void deleteOld() {
        try {
            FlatFolder.delete(old());
        } catch (IOException e) {
            // the next sweep does
        }
    }

    /** Deletes what is still here. What can't be deleted is left to the next {@link #sweep}. */
    @Override
    public void close() {
        try {
            FlatFolder.delete(path);
        } catch (IOException e) {
            // what was written is in its place by now, or the writer has an error of its own to tell
        } finally {
            release(lock, channel);
        }
    }

    private static void release(Path lock, FileChannel channel) {
        try {
            Files.deleteIfExists(lock);
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // the lock goes with the process at the latest
        } finally {
            OWN_LOCKS.remove(lock);
        }
    }

    /**
     * Deletes what killed processes left in a folder, and brings back what they had put aside. A folder that can't be
     * written is left as it is.
     */
    public static synchronized void sweep(Path folder) {
        TreeMap<Path, String> names = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder.toRealPath())) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Matcher hidden = HIDDEN.matcher(file.getFileName().toString());
                if (hidden.matches()) {
                    names.put(file.resolveSibling(hidden.group("stem")), hidden.group("name"));
                }
            }
        } catch (IOException | RuntimeException e) {
            return; // there is nothing that could be swept, or nobody may look
        }
        names.forEach(Beside::sweep);
    }

    private static void sweep(Path stem, String name) {
        Path lock = sibling(stem, LOCK);
        if (OWN_LOCKS.contains(lock)) {
            return;
        }
        try {
            if (FileKind.of(lock) != FileKind.FILE) {
                sweepUnlocked(stem, name);
                return;
            }
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                if (channel.tryLock() != null) {
                    bringBack(stem, name);
                    FlatFolder.delete(stem);
                    Files.deleteIfExists(lock);
                }
            }
        } catch (IOException | OverlappingFileLockException e) {
            // somebody else sweeps, or this disk can't be written or has no locks
        }
    }

    /** Earlier versions locked nothing, and other programs may have names like these: only what a model's folder holds goes. */
    private static void sweepUnlocked(Path stem, String name) throws IOException {
        bringBack(stem, name);
        if (holdsModelFilesOnly(stem)) {
            FlatFolder.delete(stem);
        }
    }

    private static void bringBack(Path stem, String name) throws IOException {
        Path old = sibling(stem, OLD);
        Path target = stem.resolveSibling(name);
        if (FileKind.of(old) != FileKind.FOLDER) {
            return;
        }
        if (FileKind.of(target) == FileKind.NOTHING) {
            Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
        } else if (holdsModelFilesOnly(old)) {
            FlatFolder.delete(old);
        }
    }

    private static boolean holdsModelFilesOnly(Path folder) throws IOException {
        if (FileKind.of(folder) != FileKind.FOLDER) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.allMatch(f -> FileKind.of(f) == FileKind.FILE
                    && ModelFileNames.isModelFile(f.getFileName().toString()));
        }
    }
}
