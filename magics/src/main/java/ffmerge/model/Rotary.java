package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import ffmerge.architecture.ModelConfig;
import ffmerge.torch.Kernels;
import java.util.Optional;

/**
 * Rotary positions: how far each pair of a head's dimensions turns from one position to the next. Follows transformers'
 * {@code modeling_rope_utils}, in float32 as there.
 */
final class Rotary {
    private static final double BASE = 10000;

    private Rotary() {}

    /**
     * {@code [head / 2]}
     *
     * @param head width of an attention head
     * @param context the model's, to which {@code llama3} scaling refers where the config says nothing else
     * @throws UserError if the config asks for positions that are not known here
     */
    static NDArray frequencies(ModelConfig config, int head, int context, NDManager manager) {
        if (head % 2 != 0) {
            throw new UserError(config.source() + ": heads of an odd width, " + head
                    + ", can't have rotary positions, which turn dimensions in pairs");
        }
        // transformers 5 writes rope_parameters; before, the base stood alone beside rope_scaling
        Optional<ModelConfig> own = config.object("rope_scaling").or(() -> config.object("rope_parameters"));
        ModelConfig rope = own.orElse(config);
        double base = rope.number("rope_theta", config.number("rope_theta", BASE));
        if (!(base > 0)) {
            throw new UserError(rope.source() + ": 'rope_theta' should be positive, is " + base);
        }
        requireWhole(rope, config);
        float[] turns = unscaled(base, head, manager);
        String type =
                own.map(o -> o.text("rope_type", o.text("type", "default"))).orElse("default");
        float[] scaled = switch (type) {
            case "default" -> turns;
            case "linear" -> linear(turns, rope);
            case "llama3" -> llama3(turns, config, rope, context);
            default ->
                throw new UserError(rope.source() + ": rotary positions of the type '" + type
                        + "' are not supported; supported are default, linear, llama3");
        };
        return manager.create(scaled);
    }

    private static float[] unscaled(double base, int head, NDManager manager) {
        try (NDManager scope = manager.newSubManager(Device.cpu())) {
            return Kernels.run(scope, false, "rotary_frequencies", base, head).toFloatArray();
        }
    }

    private static float[] linear(float[] turns, ModelConfig rope) {
        float factor = (float) factor(rope);
        float[] scaled = new float[turns.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = turns[i] / factor;
        }
        return scaled;
    }

    private static void requireWhole(ModelConfig rope, ModelConfig config) {
        double share = rope.number("partial_rotary_factor", config.number("partial_rotary_factor", 1));
        if (share != 1) {
            throw new UserError(
                    rope.source() + ": rotary positions for a part of a head (" + share + ") are not supported");
        }
    }

    private static double factor(ModelConfig rope) {
        double factor = rope.number("factor", 0);
        if (!(factor > 0)) {
            throw new UserError(rope.source() + ": 'factor' should be a positive number, is "
                    + (rope.has("factor") ? factor : "missing"));
        }
        return factor;
    }

    /** Llama 3.1: slow turns are slowed down by the factor, fast ones stay, those between go over from one to the other. */
    private static float[] llama3(float[] turns, ModelConfig config, ModelConfig rope, int context) {
        float factor = (float) factor(rope);
        double low = rope.number("low_freq_factor", 1);
        double high = rope.number("high_freq_factor", 4);
        if (!(low > 0 && high > low)) {
            throw new UserError(rope.source() + ": 'low_freq_factor' should be positive and below"
                    + " 'high_freq_factor', they are " + low + " and " + high);
        }
        double before = config.number(
                "original_max_position_embeddings", rope.number("original_max_position_embeddings", context));
        float[] scaled = new float[turns.length];
        for (int i = 0; i < scaled.length; i++) {
            float wavelength = (float) (2 * Math.PI) / turns[i];
            float slow = turns[i] / factor;
            if (wavelength > before / low) {
                scaled[i] = slow;
            } else if (wavelength < before / high) {
                scaled[i] = turns[i];
            } else {
                float fast = (float) ((before / wavelength - low) / (high - low));
                scaled[i] = (1 - fast) * slow + fast * turns[i];
            }
        }
        return scaled;
    }
}
