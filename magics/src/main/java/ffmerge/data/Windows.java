package ffmerge.data;

import ffmerge.UserError;
import java.util.List;

/**
 * How a text is cut into overlapping windows, each of which scores what no earlier one scored.
 *
 * @param context positions of a window
 * @param stride how many tokens of the text a window begins after the one before
 * @param first tokens of no text that each window begins with
 */
public record Windows(int context, int stride, List<Integer> first) {
    public Windows {
        first = List.copyOf(first);
        if (stride > context - first.size()) {
            throw new UserError("--stride " + stride + " is beyond the " + (context - first.size())
                    + " tokens of text in a window: those between two windows would not be scored");
        }
    }

    /** Windows half of which overlap, of nothing but text. */
    public static Windows of(int context) {
        return new Windows(context, Math.max(1, context / 2), List.of());
    }

    /** Tokens of text in a window. */
    int tokens() {
        return context - first.size();
    }

    /** How many tokens so many windows need. */
    public long reach(int windows) {
        return (windows - 1L) * stride + tokens();
    }
}
