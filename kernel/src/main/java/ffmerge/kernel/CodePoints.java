package ffmerge.kernel;

/** A text whose places Jupyter counts in Unicode's code points and Java in chars. */
record CodePoints(String text) {
    /** Jupyter's place as Java's, within the text. */
    int index(int codePoint) {
        int within = Math.max(0, Math.min(codePoint, count(text.length())));
        return text.offsetByCodePoints(0, within);
    }

    /** Java's place as Jupyter's. */
    int count(int index) {
        return text.codePointCount(0, index);
    }
}
