package ffmerge.result;

/**
 * By what protocol a text was scored: two numbers are comparable only if theirs is the same.
 *
 * @param context positions of a window
 * @param stride how many tokens a window begins after the one before
 * @param bos where a begin-of-text token was put: {@code auto}, {@code yes}, {@code no}
 * @param weighting of what the mean loss is taken: {@code window}, {@code token}, {@code word}, {@code byte}
 * @param tokens how many were scored
 */
public record TextProtocol(int context, int stride, String bos, String weighting, long tokens) {
    /** A sentence behind another; nothing where no text was scored. */
    public static String sentence(TextProtocol protocol) {
        return protocol == null ? "" : " " + protocol.sentence();
    }

    private String sentence() {
        String put = switch (bos) {
            case "yes" -> "each begun with the begin-of-text token, ";
            case "auto" -> "begun as the tokenizer's template says, ";
            default -> "";
        };
        String mean = weighting.equals("window") ? "each window counts alike" : "the mean is of each " + weighting;
        // a number in front would be read as the rest of one that a sentence before ends with
        return String.format(
                "In windows of %d, %d apart, %s tokens are scored, %s%s.",
                context, stride, Labels.count(tokens), put, mean);
    }
}
