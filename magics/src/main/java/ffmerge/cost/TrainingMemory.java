package ffmerge.cost;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.Stack;
import ffmerge.result.Labels;
import ffmerge.torch.Precision;
import ffmerge.tune.Execution;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a step of tuning holds in memory at once, from the shapes: exact for what belongs to parameters, about for the rest.
 *
 * @param weights the model and the copy that is tuned
 * @param gradients one float32 for each parameter
 * @param optimizer AdamW's two running means
 * @param castWeights matrices once more in the precision of products
 * @param activations what the backward pass needs of each layer
 * @param logits scores of a batch's tokens, their probabilities and their gradients
 */
public record TrainingMemory(
        long weights, long gradients, long optimizer, long castWeights, long activations, long logits) {
    /** Values of the model's width that a layer keeps for a token: norms, queries, keys, values, attention, sums. */
    private static final int WIDE_VALUES = 9;
    /** In mixed precision: the sums and norms, which stay float32; the others are halved. */
    private static final int FLOAT32_VALUES = 4;
    /** Logits, log-probabilities, gradient. */
    private static final int LOGIT_COPIES = 3;

    /**
     * @param weights bytes of the model that is loaded and of the copy
     * @param parameters of the copy, a tied one once
     * @param learned how many of them are learned: all, or those of adapters
     * @param rows examples of a batch that one device gets
     * @param tokensPerExample about
     */
    public static TrainingMemory of(
            Architecture architecture,
            long weights,
            long parameters,
            long learned,
            int rows,
            int tokensPerExample,
            Execution execution) {
        boolean mixed = execution.products() != Precision.FLOAT32;
        long tokens = (long) rows * tokensPerExample;
        long copies = mixed && !execution.recompute()
                ? parameters * execution.products().bytes()
                : 0;
        return new TrainingMemory(
                weights,
                learned * Float.BYTES,
                2 * learned * Float.BYTES,
                copies,
                activations(architecture, tokens, mixed, execution.recompute()),
                logits(architecture, tokens, mixed));
    }

    private static long activations(Architecture architecture, long tokens, boolean mixed, boolean recompute) {
        long width = architecture.modelWidth();
        long kept = 0;
        long largest = 0;
        long layers = 0;
        for (Stack stack : architecture.stacks()) {
            long units = (stack.feedForwards().get(0).isGated() ? 4L : 2L) * stack.feedForwardWidth();
            long values = WIDE_VALUES * width + units;
            long narrow = mixed ? values - FLOAT32_VALUES * width : 0;
            long layer = tokens * ((values - narrow) * Float.BYTES + narrow * Precision.BFLOAT16.bytes());
            kept += stack.layers() * layer;
            largest = Math.max(largest, layer);
            layers += stack.layers();
        }
        return recompute ? layers * tokens * width * Float.BYTES + largest : kept;
    }

    private static long logits(Architecture architecture, long tokens, boolean mixed) {
        if (architecture.task() == Architecture.Task.IMAGE_CLASSIFICATION) {
            return 0;
        }
        long values = tokens * architecture.config().size("vocab_size");
        return LOGIT_COPIES * values * Float.BYTES + (mixed ? 2 * values * Precision.BFLOAT16.bytes() : 0);
    }

    public long total() {
        return weights + gradients + optimizer + castWeights + activations + logits;
    }

    private record Part(String name, long bytes) {}

    /** The three largest, in words. */
    String largest() {
        return Stream.of(
                        new Part("activations of a batch", activations),
                        new Part("logits", logits),
                        new Part("optimizer", optimizer),
                        new Part("weights", weights),
                        new Part("weights in the precision of products", castWeights),
                        new Part("gradients", gradients))
                .sorted(Comparator.comparingLong(Part::bytes).reversed())
                .limit(3)
                .map(p -> p.name + " " + Labels.bytes(p.bytes))
                .collect(Collectors.collectingAndThen(Collectors.toList(), TrainingMemory::joined));
    }

    private static String joined(List<String> words) {
        return String.join(", ", words);
    }
}
