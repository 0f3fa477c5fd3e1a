package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.Settings;
import ffmerge.torch.Kernels;
import java.util.List;
import java.util.Optional;

/**
 * Rotary positions: how far each pair of a head's dimensions turns from one position to the next. Follows transformers'
 * {@code modeling_rope_utils}, in float32 as there.
 */
final class Rotary {
    private static final List<String> KNOWN = List.of("default", "dynamic", "linear", "llama3");

    private Rotary() {}

    /** @throws UserError if the config of a family with rotary positions asks for a kind that is not known here */
    static void requireKnown(Settings settings) {
        if (!settings.byName().containsKey("rope")) {
            return;
        }
        settings.object("rope").ifPresent(Rotary::requireOneForAllLayers);
        ModelConfig rope = settings.object("rope").orElse(settings.config());
        String type = type(settings);
        if (!KNOWN.contains(type)) {
            throw new UserError(rope.source() + ": rotary positions of the type '" + type
                    + "' are not supported; supported are " + String.join(", ", KNOWN));
        }
        double share = number(rope, "ropeShare", settings);
        if (share != 1) {
            throw new UserError(
                    rope.source() + ": rotary positions for a part of a head (" + share + ") are not supported");
        }
    }

    /** transformers 5 may write an object of such settings for each kind of layers. */
    private static void requireOneForAllLayers(ModelConfig rope) {
        rope.firstObject().ifPresent(layers -> {
            throw new UserError(rope.source() + ": rotary positions of their own for some layers ('" + layers
                    + "') are not supported; those of all layers should be one");
        });
    }

    /** transformers 5 writes {@code rope_type}; older versions wrote {@code type}. */
    private static String type(Settings settings) {
        return settings.object("rope")
                .map(own -> own.text("rope_type", own.text("type", "default")))
                .orElse("default");
    }

    /**
     * {@code [head / 2]}
     *
     * @param settings of positions that are known here
     * @param head width of an attention head
     * @throws UserError if they can't be turned so
     */
    static NDArray frequencies(Settings settings, int head, NDManager manager) {
        ModelConfig config = settings.config();
        if (head % 2 != 0) {
            throw new UserError(config.source() + ": heads of an odd width, " + head
                    + ", can't have rotary positions, which turn dimensions in pairs");
        }
        // transformers 5 writes rope_parameters; before, the base stood alone beside rope_scaling
        Optional<ModelConfig> own = settings.object("rope");
        ModelConfig rope = own.orElse(config);
        double base = number(rope, "ropeBase", settings);
        if (!(base > 0)) {
            throw new UserError(rope.source() + ": '" + settings.key("ropeBase") + "' should be positive, is " + base);
        }
        float[] turns = unscaled(base, head, manager);
        float[] scaled = switch (type(settings)) {
            case "dynamic" -> dynamic(turns, rope);
            case "linear" -> linear(turns, rope);
            case "llama3" -> llama3(turns, rope, settings);
            default -> turns;
        };
        return manager.create(scaled);
    }

    private static float[] unscaled(double base, int head, NDManager manager) {
        try (NDManager scope = manager.newSubManager(Device.cpu())) {
            return Kernels.run(scope, false, "rotary_frequencies", base, head).toFloatArray();
        }
    }

    /** Only a text of more positions than the model's context, which no text has here, turns otherwise. */
    private static float[] dynamic(float[] turns, ModelConfig rope) {
        factor(rope);
        return turns;
    }

    private static float[] linear(float[] turns, ModelConfig rope) {
        float factor = (float) factor(rope);
        float[] scaled = new float[turns.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = turns[i] / factor;
        }
        return scaled;
    }

    /** What the positions' own object says, else the config. */
    private static double number(ModelConfig rope, String name, Settings settings) {
        return rope.number(settings.key(name), settings.number(name));
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
    private static float[] llama3(float[] turns, ModelConfig rope, Settings settings) {
        float factor = (float) factor(rope);
        double low = rope.number("low_freq_factor", 1);
        double high = rope.number("high_freq_factor", 4);
        if (!(low > 0 && high > low)) {
            throw new UserError(rope.source() + ": 'low_freq_factor' should be positive and below"
                    + " 'high_freq_factor', they are " + low + " and " + high);
        }
        String key = settings.key("ropeContext");
        double before = settings.number("ropeContext", rope.number(key, settings.size("context")));
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
