package ffmerge.hub;

import ffmerge.FileKind;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.CancellationException;

/** Fetches one file beside its place, goes on where an earlier attempt stopped, and moves it when its hash is right. */
final class Download {
    private static final int BLOCK = 1 << 18;
    private static final int MOST_RESTARTS = 3;

    private final HubHttp http;
    private final RemoteFile file;
    private final Refusal refusal;
    private final Path beside;

    /** @param beside the file that grows; it stays when the download is stopped */
    Download(HubHttp http, RemoteFile file, Refusal refusal, Path beside) {
        this.http = http;
        this.file = file;
        this.refusal = refusal;
        this.beside = beside;
    }

    /**
     * Fetches what is missing and moves the file into place.
     *
     * @throws UserError if the hub can't be reached, the disk is full, or the bytes are not those that were announced
     * @throws CancellationException if the thread was interrupted; the next download goes on from there
     */
    void into(Path target, Progress progress) {
        RepoCache.createFolder(target.getParent());
        if (!file.isSha256() && !file.isSha1()) {
            delete(); // nothing could tell whether the file has changed since its beginning came
        }
        boolean resumed = length() > 0;
        try (Progress.Stage stage = progress.start("Downloading " + file.name(), Math.max(0, file.size()), "bytes")) {
            fetch(stage);
            if (!isAsAnnounced(progress)) {
                delete();
                // what was there may have been the beginning of something else
                if (resumed) {
                    fetch(stage);
                }
                if (!resumed || !isAsAnnounced(progress)) {
                    delete();
                    throw new UserError(file.name()
                            + " came with other bytes than the hub announced: it was damaged or changed on its way;"
                            + " nothing of it was kept, try again");
                }
            }
            Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw UserError.cannot("write " + target, e);
        }
    }

    private long length() {
        try {
            return Files.exists(beside) ? Files.size(beside) : 0;
        } catch (IOException e) {
            throw UserError.cannot("read " + beside, e);
        }
    }

    private void delete() {
        try {
            Files.deleteIfExists(beside);
        } catch (IOException e) {
            throw UserError.cannot("delete " + beside, e);
        }
    }

    private void fetch(Progress.Stage stage) {
        requireSpace();
        int failures = 0;
        int restarts = 0; // never forgiven: a server that announces more than it has would be asked without end
        while (true) {
            long before = length();
            if (file.size() >= 0 && before == file.size() && Files.exists(beside)) {
                return;
            }
            if (file.size() >= 0 && before > file.size()) {
                delete();
                before = 0;
            }
            try {
                if (fetchFrom(before, stage)) {
                    return;
                }
                restarts++;
            } catch (IOException e) {
                failures = length() > before ? 1 : failures + 1;
                http.pause(e, failures);
            }
            if (restarts >= MOST_RESTARTS) {
                throw new HubUnreachable(
                        "the hub keeps sending other parts of " + file.name() + " than asked for, or fewer than it"
                                + " announced; try again later",
                        null);
            }
        }
    }

    /**
     * Asks for the bytes from one on, and writes them.
     *
     * @return whether all came; false if the answer was for other bytes, and those we had are gone
     * @throws IOException if the connection broke
     */
    private boolean fetchFrom(long from, Progress.Stage stage) throws IOException {
        try (HubAnswer answer = http.open("GET", file.uri(), from, refusal)) {
            if (answer.status() == 416
                    || answer.status() == 206
                            && !answer.header("Content-Range").orElse("").startsWith("bytes " + from + "-")) {
                delete();
                return false;
            }
            if (!answer.header("Content-Encoding").orElse("identity").equals("identity")) {
                throw new UserError("the hub sends " + file.name() + " packed, though it was asked not to");
            }
            write(answer, answer.status() == 206 ? from : 0, stage);
            return true;
        }
    }

    private void write(HubAnswer answer, long from, Progress.Stage stage) throws IOException {
        try (FileChannel out = openBeside(from)) {
            long done = from;
            for (ByteBuffer piece = answer.body().next();
                    piece != null;
                    piece = answer.body().next()) {
                if (file.size() >= 0 && piece.remaining() > file.size() - done) {
                    throw new UserError("the hub sends more of " + file.name() + " than the " + file.size()
                            + " bytes it announced");
                }
                done += piece.remaining();
                append(out, piece);
                stage.advance(done);
            }
            if (file.size() >= 0 && done < file.size()) {
                throw new IOException("the connection broke off");
            }
        }
    }

    private FileChannel openBeside(long from) {
        FileKind.requireReplaceable(beside);
        try {
            FileChannel out = FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            out.truncate(from).position(from);
            return out;
        } catch (IOException e) {
            throw UserError.cannot("write " + beside, e);
        }
    }

    /** What goes wrong on the disk is no reason to ask the hub again. */
    private void append(FileChannel out, ByteBuffer piece) {
        try {
            while (piece.hasRemaining()) {
                out.write(piece);
            }
        } catch (IOException e) {
            Interrupted.throwIfCause(e);
            throw new UserError(
                    "cannot write " + beside + ": " + UserError.reason(e) + "; what has come of " + file.name()
                            + " is kept: make room, or let HF_HUB_CACHE name a folder elsewhere, and run it again",
                    e);
        }
    }

    private void requireSpace() {
        try {
            long free = Files.getFileStore(beside.getParent()).getUsableSpace();
            long needed = file.size() - length();
            if (free < needed && free > 0) {
                throw new UserError(String.format(
                        Locale.ROOT,
                        "the disk of %s is too full for %s: %,d MB are needed, %,d MB are free; HF_HUB_CACHE may name a"
                                + " folder elsewhere",
                        beside.getParent(),
                        file.name(),
                        (needed >> 20) + 1,
                        free >> 20));
            }
        } catch (IOException e) {
            // a disk that doesn't tell may have room
        }
    }

    /** Reads the file back, so that what was there before an interruption is checked as well. */
    private boolean isAsAnnounced(Progress progress) throws IOException {
        long length = length();
        if (file.size() >= 0 && length != file.size()) {
            return false;
        }
        String etag = file.etag().toLowerCase(Locale.ROOT);
        if (file.isSha256()) {
            return hash("SHA-256", new byte[0], length, progress).equals(etag);
        }
        if (file.isSha1()) {
            // Git's hash of a blob; some mirrors give the plain one
            byte[] prefix = ("blob " + length + "\0").getBytes(StandardCharsets.US_ASCII);
            return hash("SHA-1", prefix, length, progress).equals(etag)
                    || hash("SHA-1", new byte[0], length, progress).equals(etag);
        }
        return true;
    }

    private String hash(String algorithm, byte[] prefix, long length, Progress progress) throws IOException {
        try (InputStream in = Files.newInputStream(beside);
                Progress.Stage stage = progress.start("Checking " + file.name(), length, "bytes")) {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(prefix);
            byte[] block = new byte[BLOCK];
            long done = 0;
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                digest.update(block, 0, count);
                done += count;
                stage.advance(done);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has both
        } catch (IOException e) {
            Interrupted.throwIfCause(e);
            throw e;
        }
    }
}
