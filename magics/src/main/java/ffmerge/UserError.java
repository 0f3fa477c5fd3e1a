package ffmerge;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CancellationException;

/**
 * Something that the person at the notebook can put right. The message is one line that says what is wrong and what
 * would be right; it is shown without a stack trace. Everything else that is thrown is a bug and keeps its trace.
 */
public class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST = 2000;

    public UserError(String message) {
        super(oneLine(message));
    }

    public UserError(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    /**
     * What could not be done with a file, and why, in words.
     *
     * @param doing "read /a/file", after "cannot"
     * @throws CancellationException if it failed only because the thread was interrupted
     */
    public static UserError cannot(String doing, IOException why) {
        Interrupted.throwIfCause(why);
        return new UserError("cannot " + doing + ": " + reason(why), why);
    }

    /** Why something failed, in words: the JDK's own messages are often the path alone, or nothing. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
            return "no such file or folder";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException || e instanceof DirectoryNotEmptyException) {
            return "it is already there";
        }
        if (e instanceof NotDirectoryException) {
            return "it is not a folder";
        }
        if (e instanceof CharacterCodingException) {
            return "it is not UTF-8 text";
        }
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason();
        }
        String message = e.getMessage();
        if (message == null) {
            return e.getClass().getSimpleName();
        }
        // a JSON parser adds where in its source the error is, on a second line or in brackets
        return message.lines().findFirst().orElse("").replaceFirst(" \\([^(]*\\[Source: .*", "");
    }

    /** Names out of damaged files may hold anything. */
    private static String oneLine(String message) {
        String line = message.replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
