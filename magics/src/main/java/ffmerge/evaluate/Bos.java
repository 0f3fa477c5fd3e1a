package ffmerge.evaluate;

import java.util.Locale;

/** Where a token that begins texts is put when perplexity is measured. */
public enum Bos {
    /** Once before the whole text, where the tokenizer's own template puts one there; else nowhere. */
    AUTO,
    /** First in every window. */
    YES,
    /** Nowhere. */
    NO;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
