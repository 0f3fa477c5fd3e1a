package ffmerge.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.architecture.Stack;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.Site;
import ffmerge.model.SublayerObserver;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs a model over batches once and hands on what any set of its sublayers computes, a batch at a time. */
public final class ActivationRecorder {
    /** Takes a batch's values; the arrays, {@code [rows, width]} each, live as long as the scope. */
    @FunctionalInterface
    public interface Consumer {
        void accept(Map<Sublayer, NDArray> values, NDManager scope);
    }

    private ActivationRecorder() {}

    /**
     * Records {@code rows} rows (tokens, patches) of each sublayer, or all that the batches have for its stack where that
     * is less. Layers beyond the last sublayer asked for are not run.
     *
     * @throws UserError if the batches hold no rows for a stack
     */
    public static void record(
            TransformerModel model,
            List<? extends Batch> batches,
            Set<Sublayer> sublayers,
            int rows,
            Consumer consumer,
            Progress progress) {
        record(model, batches, sublayers, Extent.exactly(rows), consumer, progress);
    }

    /** The same, where which rows count is said more closely. */
    public static void record(
            TransformerModel model,
            List<? extends Batch> batches,
            Set<Sublayer> sublayers,
            Extent extent,
            Consumer consumer,
            Progress progress) {
        record(model, batches, sublayers, extent, Precision.FLOAT32, consumer, progress);
    }

    /** @param products in what precision the model multiplies; what is recorded is float32 */
    public static void record(
            TransformerModel model,
            List<? extends Batch> batches,
            Set<Sublayer> sublayers,
            Extent extent,
            Precision products,
            Consumer consumer,
            Progress progress) {
        int depth = depth(model, sublayers);
        Map<String, Integer> recorded = new HashMap<>();
        sublayers.forEach(s -> recorded.put(s.stack(), 0));
        try (Progress.Stage stage = progress.start("Recording activations", extent.rows(), "tokens")) {
            for (Batch batch : batches) {
                if (enough(model, recorded, extent) >= extent.rows()) {
                    break;
                }
                try (NDManager scope = model.newScope()) {
                    Map<Sublayer, NDArray> values =
                            observe(model, batch, sublayers, extent.padding(), depth, products, scope);
                    if (!extent.wholeBatches()) {
                        cut(values, recorded, extent.rows());
                    }
                    consumer.accept(values, scope);
                    count(values, recorded);
                }
                stage.advance(enough(model, recorded, extent));
            }
        }
        recorded.forEach((stack, count) -> {
            if (count == 0) {
                throw new UserError("the data gives the " + stack + " no rows");
            }
        });
    }

    /** The count of rows that says whether there are enough. */
    private static int enough(TransformerModel model, Map<String, Integer> recorded, Extent extent) {
        int least = recorded.values().stream().min(Integer::compare).orElse(extent.rows());
        String first = model.architecture().stacks().get(0).name();
        return extent.firstStackCounts() ? recorded.getOrDefault(first, least) : least;
    }

    /** How many layers, over all stacks, must be run. */
    static int depth(TransformerModel model, Set<Sublayer> sublayers) {
        int depth = 0;
        int before = 0;
        for (Stack stack : model.architecture().stacks()) {
            for (Sublayer sublayer : sublayers) {
                if (sublayer.stack().equals(stack.name())) {
                    depth = Math.max(depth, before + sublayer.layer() + 1);
                }
            }
            before += stack.layers();
        }
        return depth;
    }

    private static Map<Sublayer, NDArray> observe(
            TransformerModel model,
            Batch batch,
            Set<Sublayer> sublayers,
            boolean padding,
            int depth,
            Precision products,
            NDManager scope) {
        Values values = new Values(sublayers, padding, new HashMap<>());
        Pass pass = Pass.inference(scope, products).watchedBy(values);
        try (HiddenStates first = model.embed(batch, pass)) {
            model.advance(first, depth, pass).close();
        }
        return values.bySublayer();
    }

    /** Collects what a pass shows of some sublayers. */
    private record Values(Set<Sublayer> wanted, boolean seesPadding, Map<Sublayer, NDArray> bySublayer)
            implements SublayerObserver {
        @Override
        public boolean wants(Site site, String stack, int layer) {
            return wanted.contains(new Sublayer(site, stack, layer));
        }

        @Override
        public void observe(Site site, String stack, int layer, NDArray values) {
            Sublayer sublayer = new Sublayer(site, stack, layer);
            if (wanted.contains(sublayer)) {
                // a handle of its own: the model closes the one that it shows
                bySublayer.put(sublayer, values.reshape(-1, values.getShape().getLastDimension()));
            }
        }
    }

    private static void cut(Map<Sublayer, NDArray> values, Map<String, Integer> recorded, int rows) {
        values.replaceAll((sublayer, array) -> {
            int wanted = rows - recorded.get(sublayer.stack());
            return wanted < array.getShape().get(0) ? array.get(":" + wanted) : array;
        });
        values.values().removeIf(array -> array.getShape().get(0) == 0);
    }

    private static void count(Map<Sublayer, NDArray> values, Map<String, Integer> recorded) {
        Map<String, Integer> rowsOfStack = new HashMap<>();
        values.forEach((sublayer, array) -> rowsOfStack.put(
                sublayer.stack(), Math.toIntExact(array.getShape().get(0))));
        rowsOfStack.forEach((stack, count) -> recorded.merge(stack, count, Integer::sum));
    }
}
