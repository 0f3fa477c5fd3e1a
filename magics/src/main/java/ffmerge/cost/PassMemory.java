package ffmerge.cost;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.Stack;
import java.util.List;

/** How many bytes the values take that exist at once while a model runs: arithmetic on its shape, in float32. */
record PassMemory(Architecture architecture) {
    /** Logits that are computed at a time where losses are measured, and their softmax. */
    private static final long LOGITS = 2L << 20;
    /** What tuning allocates and frees in turn leaves gaps. */
    private static final double FRAGMENTATION = 1.35;

    private static final List<String> DROPOUTS = List.of("resid_pdrop", "hidden_dropout_prob", "dropout");
    private static final List<String> ATTENTION_DROPOUTS =
            List.of("attn_pdrop", "attention_probs_dropout_prob", "attention_dropout");
    private static final List<String> HEADS = List.of("n_head", "num_attention_heads", "encoder_attention_heads");

    private long width() {
        return architecture.modelWidth();
    }

    private int units() {
        return architecture.stacks().get(0).feedForwardWidth();
    }

    private boolean isGated() {
        return architecture.stacks().get(0).feedForwards().get(0).isGated();
    }

    private long vocabulary() {
        ModelConfig config = architecture.config();
        return config.has("vocab_size") ? config.size("vocab_size") : 0;
    }

    /** Of a pass without gradients over so many tokens: the widest point of one layer, as each is freed after the next. */
    long layer(long tokens) {
        long units = (isGated() ? 4L : 2L) * units(); // up, gate, activated gate, product; or up and activated
        long states = 6 * width(); // queries, keys, values, norm, residual sums
        return tokens * (units + states) * Float.BYTES;
    }

    /** Of scores or losses: logits of some rows, and the head's matrix, which MKL copies into an order of its own. */
    long head() {
        return vocabulary() == 0 ? 0 : (LOGITS + vocabulary() * width()) * Float.BYTES;
    }

    /**
     * Of a training step: what all layers keep for their gradients, and the logits of all tokens, their softmax and its
     * gradient.
     *
     * @param length tokens of an example
     */
    long training(long tokens, int length) {
        ModelConfig config = architecture.config();
        int layers = architecture.stacks().stream().mapToInt(Stack::layers).sum();
        double absent =
                architecture.family().equals("gpt2") ? 0.1 : 0; // as GPT-2's config has it where it says nothing
        long kept = 9 * width() + (isGated() ? 5L : 2L) * units();
        if (isPositive(config, DROPOUTS, absent)) {
            kept += 2 * width(); // the masks of both residual sums
        }
        if (isPositive(config, ATTENTION_DROPOUTS, absent)) {
            kept += 3L * heads(config) * length
                    + 2 * width(); // no fused attention: its softmax, masks and their product
        }
        long values = tokens * (layers * kept + 3 * vocabulary());
        return (long) (FRAGMENTATION * values * Float.BYTES);
    }

    private static boolean isPositive(ModelConfig config, List<String> keys, double absent) {
        return keys.stream()
                        .filter(config::has)
                        .findFirst()
                        .map(k -> config.number(k, 0))
                        .orElse(absent)
                > 0;
    }

    private static int heads(ModelConfig config) {
        return HEADS.stream().filter(config::has).findFirst().map(config::size).orElse(1);
    }
}
