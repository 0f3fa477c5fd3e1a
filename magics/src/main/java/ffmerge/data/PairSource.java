package ffmerge.data;

/** The sentence pairs of a split, of which no more need be read than are used. */
public interface PairSource {
    /** A set that begins with at least so many pairs from the start, or holds all where there are fewer. */
    PairSet first(int pairs);

    /** Pairs of like length from random places; the same seed and index give the same ones. */
    TranslationBatch randomBatch(int rows, long seed, long index);
}
