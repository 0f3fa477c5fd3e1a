package ffmerge.model;

import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Settings;

/**
 * What the attention sublayers of a stack have in common.
 *
 * @param scaled whether scores are divided by the square root of a head's width
 */
record EncoderDecoderAttention(int heads, RelativeBias bias, boolean scaled, double dropout) {
    /**
     * @param headsSetting the setting that holds how many heads there are
     * @param side what stands before the role of the stack's relative biases: {@code source-}, {@code target-}
     */
    static EncoderDecoderAttention of(
            String headsSetting,
            String side,
            boolean causal,
            LayerWeights outside,
            Settings settings,
            NDManager manager) {
        boolean relative = settings.text("positions").equals(StackEmbedding.RELATIVE);
        return new EncoderDecoderAttention(
                Attention.heads(settings, headsSetting),
                relative
                        ? RelativeBias.of(outside.array(side + "relative-bias"), causal, settings, manager)
                        : RelativeBias.NONE,
                !settings.has("unscaledAttention") || !settings.flag("unscaledAttention"),
                settings.probability("attentionDropout"));
    }

    /** What scores are multiplied with. */
    double scale(Attention maps) {
        return scaled ? 1 / Math.sqrt((double) maps.query().outputs() / heads) : 1;
    }
}
