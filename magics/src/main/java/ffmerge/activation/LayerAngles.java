package ffmerge.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.architecture.Stack;
import ffmerge.data.Batch;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How far layers turn the states that pass them, over rows of activations: what says which layers do little. Of a layer its
 * Block Influence (Men et al. 2024), of adjacent layers the angular distance from what enters the first to what leaves the last
 * (Gromov et al. 2024), there over all tokens, not the last one of each text alone. Summed in float64.
 */
public final class LayerAngles implements ActivationRecorder.Consumer {
    /** From what enters a layer to what leaves it or a later one. */
    private record Span(String stack, int first, int last) {
        Sublayer entering() {
            return new Sublayer(Site.LAYER_INPUT, stack, first);
        }

        Sublayer leaving() {
            return new Sublayer(Site.LAYER_OUTPUT, stack, last);
        }
    }

    /**
     * Summed over rows.
     *
     * @param cosines of the angles
     * @param angles in half turns
     */
    private record Sums(long rows, double cosines, double angles) {
        Sums plus(Sums other) {
            return new Sums(rows + other.rows, cosines + other.cosines, angles + other.angles);
        }
    }

    private final Map<Span, Sums> sums = new HashMap<>();

    private LayerAngles() {}

    /**
     * Of all layers of some stacks, and of all adjacent ones up to so many, from one pass.
     *
     * @param longest layers of the longest span
     * @param rows of each stack
     * @throws ffmerge.UserError if the batches hold no rows for a stack
     */
    public static LayerAngles of(
            TransformerModel model,
            List<String> stacks,
            int longest,
            List<? extends Batch> batches,
            Extent rows,
            Progress progress) {
        LayerAngles angles = new LayerAngles();
        Set<Sublayer> read = new LinkedHashSet<>();
        for (String name : stacks) {
            Stack stack = model.architecture().stack(name);
            for (int first = 0; first < stack.layers(); first++) {
                for (int last = first; last < Math.min(stack.layers(), first + longest); last++) {
                    Span span = new Span(name, first, last);
                    angles.sums.put(span, new Sums(0, 0, 0));
                    read.add(span.entering());
                    read.add(span.leaving());
                }
            }
        }
        ActivationRecorder.record(model, batches, read, rows, angles, progress);
        return angles;
    }

    @Override
    public void accept(Map<Sublayer, NDArray> values, NDManager scope) {
        sums.replaceAll((span, sum) -> {
            NDArray entering = values.get(span.entering());
            NDArray leaving = values.get(span.leaving());
            if (entering == null || leaving == null) {
                return sum; // the stack has given all the rows that were asked for
            }
            try (NDArray more = Kernels.run(scope, false, "row_angles", entering, leaving)) {
                double[] both = more.toDoubleArray();
                return sum.plus(new Sums(entering.getShape().get(0), both[0], both[1]));
            }
        });
    }

    /** {@code 1 − E cos(x_in, x_out)} of a layer: near 0 where it leaves the states' direction as it is. */
    public double influence(String stack, int layer) {
        Sums of = sums.get(new Span(stack, layer, layer));
        return 1 - of.cosines / of.rows;
    }

    /** The same of each layer, summed over stacks as far as all of them have it. */
    public double[] influences(List<String> stacks, int layers) {
        return IntStream.range(0, layers)
                .mapToDouble(layer -> stacks.stream()
                        .mapToDouble(stack -> influence(stack, layer))
                        .sum())
                .toArray();
    }

    /** {@code E arccos(cos(x_in, x_out)) / π} from what enters the first of adjacent layers to what leaves the last. */
    public double distance(String stack, int first, int last) {
        Sums of = sums.get(new Span(stack, first, last));
        return of.angles / of.rows;
    }
}
