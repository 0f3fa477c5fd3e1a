package ffmerge.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.architecture.Stack;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
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
        int depth = depth(model, sublayers);
        Map<String, Integer> recorded = new HashMap<>();
        sublayers.forEach(s -> recorded.put(s.stack(), 0));
        try (Progress.Stage stage = progress.start("Recording activations", rows, "tokens")) {
            for (Batch batch : batches) {
                int least = recorded.values().stream().min(Integer::compare).orElse(rows);
                if (least >= rows) {
                    break;
                }
                try (NDManager scope = model.newScope()) {
                    Map<Sublayer, NDArray> values = observe(model, batch, sublayers, depth, scope);
                    cut(values, recorded, rows);
                    consumer.accept(values, scope);
                    count(values, recorded);
                }
                stage.advance(recorded.values().stream().min(Integer::compare).orElse(rows));
            }
        }
        recorded.forEach((stack, count) -> {
            if (count == 0) {
                throw new UserError("the data gives the " + stack + " no rows");
            }
        });
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
            TransformerModel model, Batch batch, Set<Sublayer> sublayers, int depth, NDManager scope) {
        Map<Sublayer, NDArray> values = new HashMap<>();
        Pass pass = Pass.inference(scope).watchedBy((site, stack, layer, array) -> {
            Sublayer sublayer = new Sublayer(site, stack, layer);
            if (sublayers.contains(sublayer)) {
                // a handle of its own: the model closes the one that it shows
                values.put(sublayer, array.reshape(-1, array.getShape().getLastDimension()));
            }
        });
        try (HiddenStates first = model.embed(batch, pass)) {
            model.advance(first, depth, pass).close();
        }
        return values;
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
