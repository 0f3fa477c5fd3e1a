package ffmerge.hub;

import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** The secret that stands for a hub account. It prints as stars, and no message names it. */
public final class AccessToken {
    private final String secret;

    private AccessToken(String secret) {
        this.secret = secret;
    }

    /**
     * @param source where it was written, for the message
     * @return empty for blank text
     * @throws UserError if it can't be sent; without this check the HTTP client's own message would quote it
     */
    public static Optional<AccessToken> of(String text, String source) {
        String secret = text == null ? "" : text.strip();
        if (secret.isEmpty()) {
            return Optional.empty();
        }
        if (!secret.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new UserError(source + " holds a space or a character that no token has; copy the token anew");
        }
        return Optional.of(new AccessToken(secret));
    }

    /** The token in a file, as a Python login leaves it there; empty where there is none. */
    static Optional<AccessToken> in(Path file) {
        try {
            return of(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    /** The value of the header {@code Authorization}. */
    String authorization() {
        return "Bearer " + secret;
    }

    @Override
    public String toString() {
        return "***";
    }
}
