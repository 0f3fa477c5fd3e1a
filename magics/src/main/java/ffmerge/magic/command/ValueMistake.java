package ffmerge.magic.command;

import ffmerge.UserError;

/** A mistake in one of an option's values, so that whoever has the text can say where in it. */
public final class ValueMistake extends UserError {
    private static final long serialVersionUID = 1L;

    private final String option;
    private final int value;
    private final int offset;

    /**
     * @param option without hyphens
     * @param value which of its values, counted from 0
     * @param offset where in the value's text
     */
    ValueMistake(String option, int value, int offset, UserError mistake) {
        super(mistake.getMessage(), mistake);
        this.option = option;
        this.value = value;
        this.offset = offset;
    }

    public String option() {
        return option;
    }

    public int value() {
        return value;
    }

    public int offset() {
        return offset;
    }
}
