package ffmerge.align;

import ffmerge.activation.Sublayer;
import ffmerge.align.Aligner.LayerPair;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.architecture.Stack;
import ffmerge.correlation.CrossMoments;
import ffmerge.model.Site;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which pairs of sublayers are correlated at a time, and which sublayers are recorded for them: {@link Aligner} goes by it,
 * and whoever says beforehand what aligning takes.
 */
public record PairGroups(Architecture architecture, Calibration calibration) {
    /** The first of these pairs of activations, as many as are correlated at a time. */
    Set<LayerPair> first(Collection<LayerPair> inOrder) {
        LayerPair leading = inOrder.iterator().next();
        int width = width(leading);
        int parts = leading.sublayers().size(); // that are correlated for a pair
        int atOnce = Math.max(1, calibration.pairsAtOnce(width) / parts);
        return new LinkedHashSet<>(inOrder.stream().limit(atOnce).toList());
    }

    /** How many units of either sublayer of a pair are correlated. */
    public int width(LayerPair pair) {
        Site site = pair.branch() == Branch.ATTENTION ? Site.ATTENTION_HEADS : Site.FEED_FORWARD_UNITS;
        return width(new Sublayer(site, pair.stack(), pair.anchor()));
    }

    /** How many are assigned: units, or groups of heads. */
    public int assigned(LayerPair pair) {
        return pair.branch() == Branch.ATTENTION
                ? architecture.heads(pair.stack()).groups()
                : width(pair);
    }

    /** All of these pairs, group by group; a single group needs no file. */
    public List<Set<LayerPair>> all(Collection<LayerPair> inOrder) {
        List<Set<LayerPair>> groups = new ArrayList<>();
        Set<LayerPair> left = new LinkedHashSet<>(inOrder);
        while (!left.isEmpty()) {
            Set<LayerPair> group = first(left);
            groups.add(group);
            left.removeAll(group);
        }
        return groups;
    }

    /** What is recorded for these pairs: their sublayers, and one of the stack by whose rows all are counted. */
    public Set<Sublayer> recorded(Collection<LayerPair> pairs) {
        String counting = calibration.protocol().normalization(architecture).countingStack();
        Set<Sublayer> sublayers = new LinkedHashSet<>();
        for (Stack stack : architecture.stacks()) {
            if (stack.name().equals(counting)) {
                sublayers.add(new Sublayer(Site.FEED_FORWARD_UNITS, stack.name(), 0));
            }
        }
        for (LayerPair pair : pairs) {
            for (CrossMoments.Pair part : pair.sublayers()) {
                sublayers.add(part.anchor());
                sublayers.add(part.other());
            }
        }
        return sublayers;
    }

    private int width(Sublayer sublayer) {
        return sublayer.site() == Site.ATTENTION_HEADS
                ? architecture
                        .attentionSublayer(sublayer.stack(), sublayer.layer())
                        .width()
                : architecture.feedForward(sublayer.stack(), sublayer.layer()).width();
    }

    /** Bytes of a file with what is recorded for these pairs. */
    public long fileBytes(Collection<LayerPair> pairs) {
        return recorded(pairs).stream()
                .mapToLong(this::width)
                .map(width -> width * calibration.tokens() * Float.BYTES)
                .sum();
    }
}
