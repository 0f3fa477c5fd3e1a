package ffmerge.data;

/** The text of a split as tokens, of which no more need be read than is used. */
public interface TextSource {
    /** A stream of at least so many tokens from the start, or of all where there are fewer. */
    TokenStream first(long tokens);

    /** Rows from random places; the same seed and step give the same ones. */
    TokenBatch randomRows(int rows, int length, long seed, long step);
}
