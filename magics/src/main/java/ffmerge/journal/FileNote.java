package ffmerge.journal;

import ffmerge.UserError;
import ffmerge.result.HashedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A file as it was when it was read. Its hash is taken when a run is logged, once, and only if it is the same file still.
 *
 * @param kind {@link #MODEL} or {@link #DATA}
 * @param of what it belongs to, as a recipe names it
 * @param file its name in there
 * @param changed when, in nanoseconds
 */
public record FileNote(String kind, String of, String file, Path path, long bytes, long changed) {
    public static final String MODEL = "model";
    public static final String DATA = "data";

    /** A folder of more files, as of images by class, gets one hash. */
    private static final int MOST_FILES = 100;

    private static final int BUFFER = 1 << 20;
    private static final Map<FileNote, String> HASHES = new ConcurrentHashMap<>();

    /** Notes files that are there, by their names in what they belong to. */
    public static List<FileNote> of(String kind, String of, Map<String, Path> files) {
        List<FileNote> notes = new ArrayList<>();
        files.forEach((name, path) -> {
            try {
                BasicFileAttributes seen = Files.readAttributes(path, BasicFileAttributes.class);
                notes.add(new FileNote(
                        kind,
                        of,
                        name,
                        path,
                        seen.size(),
                        seen.lastModifiedTime().to(TimeUnit.NANOSECONDS)));
            } catch (NoSuchFileException e) {
                // gone between the list and the look
            } catch (IOException e) {
                throw UserError.cannot("read " + path, e);
            }
        });
        return notes;
    }

    /** Files in a short name: others give another. Empty where there are none, or one changed since it was noted. */
    public static String print(List<FileNote> files) {
        List<HashedFile> hashed = hashed(files);
        boolean isKnown = !hashed.isEmpty()
                && hashed.stream().noneMatch(file -> file.sha256().isEmpty());
        return isKnown
                ? Fingerprint.of(
                        hashed.stream().map(f -> f.file() + " " + f.sha256()).toList())
                : "";
    }

    /** The hashes of noted files that belong to one model or data set. */
    static List<HashedFile> hashed(List<FileNote> files) {
        List<HashedFile> each = files.stream().map(FileNote::hashed).toList();
        if (each.size() <= MOST_FILES) {
            return each;
        }
        StringBuilder list = new StringBuilder();
        each.forEach(f -> list.append(f.file()).append(' ').append(f.sha256()).append('\n'));
        boolean isKnown = each.stream().noneMatch(f -> f.sha256().isEmpty());
        FileNote first = files.get(0);
        return List.of(new HashedFile(
                first.kind,
                first.of,
                "* (" + each.size() + " files)",
                each.stream().mapToLong(HashedFile::bytes).sum(),
                isKnown ? sha256(list.toString()) : ""));
    }

    private HashedFile hashed() {
        String sha256 = HASHES.getOrDefault(this, "");
        if (sha256.isEmpty() && isUnchanged()) {
            sha256 = sha256(path);
            if (isUnchanged()) {
                HASHES.put(this, sha256);
            } else {
                sha256 = "";
            }
        }
        return new HashedFile(kind, of, file, bytes, sha256);
    }

    private boolean isUnchanged() {
        List<FileNote> now = of(kind, of, Map.of(file, path));
        return now.equals(List.of(this));
    }

    private static String sha256(Path path) {
        MessageDigest digest = digest();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(path)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        } catch (IOException e) {
            throw UserError.cannot("read " + path, e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String sha256(String text) {
        return HexFormat.of().formatHex(digest().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }
}
