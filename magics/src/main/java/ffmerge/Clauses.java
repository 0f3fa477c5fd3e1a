package ffmerge;

/** Joins the clauses of a message that is one line. */
public final class Clauses {
    private Clauses() {}

    /**
     * {@code said; clause}, or {@code said? Clause} where what was said ends with a question.
     *
     * @param clause may be empty
     */
    public static String join(String said, String clause) {
        if (clause.isEmpty()) {
            return said;
        }
        return said.endsWith("?")
                ? said + " " + Character.toUpperCase(clause.charAt(0)) + clause.substring(1)
                : said + "; " + clause;
    }
}
