package ffmerge;

/**
 * Something that the person at the notebook can put right. The message is one line that says what is wrong and what
 * would be right; it is shown without a stack trace. Everything else that is thrown is a bug and keeps its trace.
 */
public class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserError(String message) {
        super(message);
    }

    public UserError(String message, Throwable cause) {
        super(message, cause);
    }
}
