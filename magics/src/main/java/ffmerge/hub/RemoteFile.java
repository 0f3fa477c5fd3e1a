package ffmerge.hub;

import java.net.URI;
import java.util.Locale;

/**
 * What the hub says of a file before it is fetched.
 *
 * @param etag the content's hash, which names its blob: SHA-256 for large files, Git's SHA-1 for others
 * @param size in bytes, or -1 where the hub doesn't say
 */
record RemoteFile(URI uri, String name, String etag, long size) {
    /** @param quoted as the header {@code ETag} has it: {@code W/"…"} */
    static String etag(String quoted) {
        return quoted.strip().replaceFirst("^[Ww]/", "").replaceAll("^\"|\"$", "");
    }

    boolean isSha256() {
        return etag.toLowerCase(Locale.ROOT).matches("[0-9a-f]{64}");
    }

    boolean isSha1() {
        return etag.toLowerCase(Locale.ROOT).matches("[0-9a-f]{40}");
    }
}
