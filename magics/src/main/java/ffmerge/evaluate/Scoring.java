package ffmerge.evaluate;

import ffmerge.data.TokenStream;
import ffmerge.data.Windows;
import java.util.List;

/**
 * The protocol by which a text is scored: two perplexities are comparable only if it is the same.
 *
 * @param context positions of a window
 * @param stride how many tokens of the text a window begins after the one before
 * @param begin the tokens that begin the text, or with {@link Bos#YES} each window; may be none
 * @param weighting how the windows' losses are averaged
 */
public record Scoring(int context, int stride, Bos bos, List<Integer> begin, Perplexity.Weighting weighting) {
    public Scoring {
        begin = bos == Bos.NO ? List.of() : List.copyOf(begin);
        windows(context, stride, bos, begin); // refuses a stride that leaves tokens out
    }

    /** The paper's: windows half of which overlap, each counting alike, of nothing but text. */
    public static Scoring of(int context) {
        return new Scoring(context, Math.max(1, context / 2), Bos.NO, List.of(), Perplexity.Weighting.WINDOW);
    }

    public Scoring weighted(Perplexity.Weighting by) {
        return new Scoring(context, stride, bos, begin, by);
    }

    private static Windows windows(int context, int stride, Bos bos, List<Integer> begin) {
        return new Windows(context, stride, bos == Bos.YES ? begin : List.of());
    }

    public Windows windows() {
        return windows(context, stride, bos, begin);
    }

    /** The text with what is put before it. */
    TokenStream begun(TokenStream text) {
        return bos == Bos.AUTO ? text.after(begin) : text;
    }

    /** All that a score depends on, in a line. */
    public String key() {
        return weighting + " " + context + " " + stride + " " + bos + " " + begin;
    }
}
