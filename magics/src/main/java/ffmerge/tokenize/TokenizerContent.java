package ffmerge.tokenize;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A tokenizer as the process opens it.
 *
 * @param opening the request that opens it
 * @param digest of the request and the content: equal ones are the same tokenizer
 * @param file for messages
 */
record TokenizerContent(byte opening, byte[] content, String digest, Path file) {
    static TokenizerContent of(byte opening, byte[] content, Path file) {
        return new TokenizerContent(opening, content, opening + " " + digest(content), file);
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
