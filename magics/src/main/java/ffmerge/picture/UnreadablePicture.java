package ffmerge.picture;

import java.io.IOException;

/** A picture that isn't read, with the reason in words for whoever has the file. */
final class UnreadablePicture extends IOException {
    private static final long serialVersionUID = 1;

    UnreadablePicture(String message) {
        super(message);
    }
}
