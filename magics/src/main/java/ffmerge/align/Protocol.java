package ffmerge.align;

import ffmerge.UserError;
import ffmerge.activation.Extent;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Window;
import ffmerge.correlation.Counting;
import java.util.List;
import java.util.stream.Collectors;

/**
 * By whose conventions sublayers are matched and windows searched, as switches. {@link #PAPER} and {@link #CODE} are there
 * to reproduce published numbers; where they differ from {@link #OURS}, ours is right.
 *
 * <p>The paper is arXiv 2501.06126, the code is that published with it (nverma1/merging-ffs-compression, at 8a67acf). Not
 * reproduced: its shuffled WikiText blocks, which no seed fixes, and its batches of 32 sentences (ours have 64, and their
 * padding differs accordingly).
 *
 * @param label as {@code --protocol} names it
 * @param lastWindow whether the last window is tried. The paper's search runs over starts 0 to N−1−k, one too few
 *     (several of the windows of its Table 10 lie on that edge)
 * @param wholeBlocks whether activations are recorded until the first block (or batch) that lies beyond the number of
 *     tokens, and all of that. The code's {@code get_corrs.py} compares after a batch; ours cuts
 * @param anchorSquaresTwice whether the anchor's squares are counted twice. In the code's reference mode, which its
 *     GPT-2 script uses, the anchor meets itself once as anchor and once as layer, so its standard deviation becomes
 *     √(2σ² + μ²): each row of the correlation matrix shrinks by a factor of its own, and the assignment changes
 * @param firstStackCounts whether the first stack's rows are counted for all. The code divides a decoder's sums by the
 *     encoder's number of tokens. A variance that this makes negative counts as 0, as there
 * @param padding whether padded places count as tokens, as in the code, which records what the whole batch gives
 */
public record Protocol(
        String label,
        boolean lastWindow,
        boolean wholeBlocks,
        boolean anchorSquaresTwice,
        boolean firstStackCounts,
        boolean padding) {
    /** Every window, Pearson's correlation over exactly the tokens asked for. */
    public static final Protocol OURS = new Protocol("ours", true, false, false, false, false);

    /** What the paper says. */
    public static final Protocol PAPER = new Protocol("paper", false, false, false, false, false);

    /** What the published code does. */
    public static final Protocol CODE = new Protocol("code", false, true, true, true, true);

    public static final List<Protocol> ALL = List.of(OURS, PAPER, CODE);

    /** @throws UserError if there is no such protocol */
    public static Protocol parse(String label) {
        return ALL.stream()
                .filter(p -> p.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new UserError("there is no protocol '" + label + "'; protocols are "
                        + ALL.stream().map(Protocol::label).collect(Collectors.joining(", "))));
    }

    /** The windows of this length that are tried over so many layers. */
    public List<Window> windows(int layers, int length) {
        List<Window> all = Window.all(layers, length);
        return lastWindow ? all : all.subList(0, all.size() - 1);
    }

    /** How many rows of data are needed to record so many tokens. */
    public int rows(int tokens) {
        return wholeBlocks ? Math.addExact(tokens, 1) : tokens;
    }

    /** Which rows are recorded for so many tokens. */
    public Extent extent(int tokens) {
        return new Extent(rows(tokens), wholeBlocks, padding, firstStackCounts);
    }

    Counting normalization(Architecture architecture) {
        String first = architecture.stacks().get(0).name();
        return new Counting(anchorSquaresTwice ? 2 : 1, firstStackCounts ? first : "");
    }
}
