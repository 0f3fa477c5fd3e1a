package ffmerge.cost;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.Settings;
import ffmerge.architecture.Stack;
import ffmerge.torch.Precision;
import ffmerge.tune.Execution;

/**
 * How many bytes the values take that exist at once while a model runs, with or without gradients: arithmetic on its shape,
 * whose counts were fitted to measurements ({@code environment/bench/SIZE.md}). Nothing else counts them.
 */
record ActivationMemory(Architecture architecture) {
    /** Logits that are computed at a time where losses are measured. */
    private static final long LOGITS = 1L << 22;
    /** Values of the model's width that a layer keeps for a token: norms, queries, keys, values, attention, sums. */
    private static final int WIDE_VALUES = 9;
    /** In mixed precision: the sums and norms, which stay float32; the others are halved. */
    private static final int FLOAT32_VALUES = 4;
    /** Logits, log-probabilities, gradient. */
    private static final int LOGIT_COPIES = 3;

    private long width() {
        return architecture.modelWidth();
    }

    private int units() {
        return architecture.stacks().get(0).feedForwardWidth();
    }

    private boolean isGated() {
        return architecture.stacks().get(0).feedForwards().get(0).isGated();
    }

    long vocabulary() {
        return architecture.vocabulary();
    }

    private int layers() {
        return architecture.stacks().stream().mapToInt(Stack::layers).sum();
    }

    /** Of a pass without gradients over so many tokens: the widest point of one layer, as each is freed after the next. */
    long pass(long tokens) {
        long units = (isGated() ? 4L : 2L) * units(); // up, gate, activated gate, product; or up and activated
        long states = 6 * width(); // queries, keys, values, norm, residual sums
        return tokens * (units + states) * Float.BYTES;
    }

    /** Of scores or losses: logits of some rows, and the head's matrix, which MKL copies into an order of its own. */
    long head() {
        return vocabulary() == 0 ? 0 : (LOGITS + vocabulary() * width()) * Float.BYTES;
    }

    /**
     * Of a step of training, what the layers keep for their gradients: all of them, or what enters each and one of them
     * whole, where layers are computed twice.
     *
     * @param tokens of a batch that one device gets
     * @param length tokens of an example
     * @param layerByLayer whether layers are computed twice
     */
    long kept(long tokens, int length, Execution execution, boolean layerByLayer) {
        boolean mixed = execution.products() != Precision.FLOAT32;
        long layer = tokens * keptOfToken(length, mixed);
        if (!layerByLayer) {
            return layers() * layer;
        }
        long entering = layers() * tokens * width() * Float.BYTES;
        return entering + 2 * layer; // a layer's values, and their gradients as they are computed
    }

    /** Bytes that a layer keeps of a token. */
    private long keptOfToken(int length, boolean mixed) {
        Settings settings = architecture.settings();
        long values = WIDE_VALUES * width() + (isGated() ? 5L : 2L) * units();
        if (settings.number("dropout", 0) > 0) {
            values += 2 * width(); // the masks of both residual sums
        }
        if (settings.number("attentionDropout", 0) > 0) {
            // no fused attention: its softmax, masks and their product
            values += 3L * settings.size("heads") * length + 2 * width();
        }
        long narrow = mixed ? values - FLOAT32_VALUES * width() : 0;
        return (values - narrow) * Float.BYTES + narrow * Precision.BFLOAT16.bytes();
    }

    /** Of a step of training: the logits of all tokens that are scored, their softmax and its gradient. */
    long logits(long tokens, Execution execution) {
        boolean mixed = execution.products() != Precision.FLOAT32;
        long values = tokens * vocabulary();
        return LOGIT_COPIES * values * Float.BYTES + (mixed ? 2 * values * Precision.BFLOAT16.bytes() : 0);
    }
}
