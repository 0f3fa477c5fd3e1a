package ffmerge.magic.command;

import ffmerge.UserError;

/** A mistake in a text, told with its place there, so that whoever knows where the text stands can say that, too. */
public final class PlacedMistake extends UserError {
    private static final long serialVersionUID = 1L;

    private final int line;

    /**
     * @param line of the text, counted from 1
     * @param message with the place in it
     */
    public PlacedMistake(int line, String message, Throwable cause) {
        super(message, cause);
        this.line = line;
    }

    /** The same in the words of a cell, whose first line is the one with the magic. */
    public UserError inCell() {
        return new UserError(getMessage() + " (line " + (line + 1) + " of the cell)", this);
    }

    /** The same of a text that is no cell's. */
    public UserError elsewhere() {
        return new UserError(getMessage(), this);
    }
}
