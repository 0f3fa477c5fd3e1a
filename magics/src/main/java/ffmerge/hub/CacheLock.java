package ffmerge.hub;

import ffmerge.FileKind;
import ffmerge.StopRequest;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** A lock that one thread of all processes with the same cache holds. Whoever dies lets it go. */
final class CacheLock implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 100;

    /** The system's lock is the whole process's, and closing any channel on the file gives it up; so threads take turns here. */
    private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

    private final ReentrantLock thread;
    private final FileChannel channel;

    private CacheLock(ReentrantLock thread, FileChannel channel) {
        this.thread = thread;
        this.channel = channel;
    }

    /**
     * Waits until the lock is free.
     *
     * @throws CancellationException if the thread is interrupted meanwhile
     */
    static CacheLock take(Path file) {
        RepoCache.createFolder(file.getParent());
        FileKind.requireReplaceable(file);
        ReentrantLock thread = THREADS.computeIfAbsent(file.toAbsolutePath().normalize(), f -> new ReentrantLock());
        StopRequest.waiting(() -> {
            thread.lockInterruptibly();
            return null;
        });
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            while (channel.tryLock() == null) {
                StopRequest.pause(PATIENCE_MILLIS);
            }
            return new CacheLock(thread, channel);
        } catch (CancellationException e) {
            release(thread, channel);
            throw e;
        } catch (IOException e) {
            release(thread, channel);
            throw UserError.cannot("lock " + file, e);
        }
    }

    private static void release(ReentrantLock thread, FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // the system closes it anyway, and with it the lock
        } finally {
            thread.unlock();
        }
    }

    @Override
    public void close() {
        release(thread, channel);
    }
}
