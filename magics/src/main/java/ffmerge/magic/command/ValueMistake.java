package ffmerge.magic.command;

import ffmerge.UserError;

/** A mistake in one of an option's values, so that whoever has the text can say where in it. */
public final class ValueMistake extends UserError {
    private static final long serialVersionUID = 1L;

    private final String option;
    private final int value;
    private final int part;
    private final int start;
    private final int offset;

    /**
     * @param option without hyphens
     * @param value which of its values, counted from 0
     * @param part which of the parts of a value that may be written as a list, counted from 0
     * @param start where that part begins where the value is written as one text
     * @param offset where in the part's text
     */
    ValueMistake(String option, int value, int part, int start, int offset, UserError mistake) {
        super(mistake.getMessage(), mistake);
        this.option = option;
        this.value = value;
        this.part = part;
        this.start = start;
        this.offset = offset;
    }

    public String option() {
        return option;
    }

    public int value() {
        return value;
    }

    public int part() {
        return part;
    }

    public int start() {
        return start;
    }

    public int offset() {
        return offset;
    }
}
