package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import ffmerge.architecture.ModelConfig;
import ffmerge.torch.Kernels;
import java.util.List;

/**
 * How far each pair of a head's dimensions turns from one position to the next, in texts of some length: transformers'
 * {@code ROPE_INIT_FUNCTIONS}, in float32 as there.
 *
 * @param type of {@link #KNOWN}
 * @param rope the object that says more of it
 * @param base of the powers by which pairs turn less and less
 * @param width how many dimensions turn
 * @param context the model's
 * @param trained the context that it was trained on before its positions were scaled
 */
record RotaryTurns(
        String type, ModelConfig rope, double base, int width, int context, double trained, NDManager manager) {
    static final List<String> KNOWN = List.of("default", "dynamic", "linear", "llama3", "longrope", "yarn");

    /** How long a text may be before it turns otherwise than shorter ones. */
    int steady() {
        return switch (type) {
            case "dynamic" -> context;
            case "longrope" -> (int) trained;
            default -> Integer.MAX_VALUE;
        };
    }

    /** How long a text may be. */
    int longest() {
        return type.equals("dynamic") ? (int) Math.min(Integer.MAX_VALUE, context * factor()) : context;
    }

    /** {@code [pairs]} in a text of so many tokens. */
    float[] at(int length) {
        return switch (type) {
            case "dynamic" -> dynamic(Math.max(length, context));
            case "linear" -> linear();
            case "llama3" -> llama3();
            case "longrope" -> longrope(length > trained ? "long_factor" : "short_factor");
            case "yarn" -> yarn();
            default -> inverse(powers(base));
        };
    }

    /** What cosines and sines are multiplied by. */
    double attentionFactor() {
        boolean scales = type.equals("yarn") || type.equals("longrope");
        if (!scales) {
            return 1;
        }
        if (rope.has("attention_factor")) {
            return positive("attention_factor");
        }
        double factor = stretch();
        if (type.equals("longrope")) {
            return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(trained));
        }
        double own = rope.number("mscale", 0);
        double ofAll = rope.number("mscale_all_dim", 0);
        return own != 0 && ofAll != 0 ? magnitude(factor, own) / magnitude(factor, ofAll) : magnitude(factor, 1);
    }

    private static double magnitude(double factor, double times) {
        return factor <= 1 ? 1 : 0.1 * times * Math.log(factor) + 1;
    }

    /** {@code base^(2i / width)} */
    private float[] powers(double of) {
        try (NDManager scope = manager.newSubManager(Device.cpu())) {
            return Kernels.run(scope, false, "rotary_powers", of, width).toFloatArray();
        }
    }

    private static float[] inverse(float[] powers) {
        float[] turns = new float[powers.length];
        for (int i = 0; i < turns.length; i++) {
            turns[i] = 1 / powers[i];
        }
        return turns;
    }

    /** The base grows with the length, so that the slowest pair turns by the factor less. */
    private float[] dynamic(int length) {
        if (width <= 2) {
            throw new UserError(
                    rope.source() + ": rotary positions of the type 'dynamic' need more dimensions than " + width);
        }
        double factor = factor();
        float stretched = (float) (factor * length) / context - (float) (factor - 1);
        return inverse(powers((float) base * (float) Math.pow(stretched, (float) (width / (width - 2.0)))));
    }

    private float[] linear() {
        float factor = (float) factor();
        float[] turns = inverse(powers(base));
        for (int i = 0; i < turns.length; i++) {
            turns[i] /= factor;
        }
        return turns;
    }

    /** Llama 3.1: slow turns are slowed down by the factor, fast ones stay, those between go over from one to the other. */
    private float[] llama3() {
        float factor = (float) factor();
        double low = rope.number("low_freq_factor", 1);
        double high = rope.number("high_freq_factor", 4);
        if (!(low > 0 && high > low)) {
            throw new UserError(rope.source() + ": 'low_freq_factor' should be positive and below"
                    + " 'high_freq_factor', they are " + low + " and " + high);
        }
        float[] turns = inverse(powers(base));
        for (int i = 0; i < turns.length; i++) {
            float wavelength = (float) (2 * Math.PI) / turns[i];
            float slow = turns[i] / factor;
            if (wavelength > trained / low) {
                turns[i] = slow;
            } else if (wavelength >= trained / high) {
                float fast = (float) ((trained / wavelength - low) / (high - low));
                turns[i] = (1 - fast) * slow + fast * turns[i];
            }
        }
        return turns;
    }

    /** LongRoPE: each pair has a factor of its own, one in texts within the trained context and one in longer ones. */
    private float[] longrope(String key) {
        float[] powers = powers(base);
        List<Float> factors = rope.numbers(key).stream().map(Double::floatValue).toList();
        if (factors.size() != powers.length || factors.stream().anyMatch(factor -> !(factor > 0))) {
            throw new UserError(rope.source() + ": '" + key + "' should be a list of " + powers.length
                    + " positive numbers, one for each pair of dimensions that turns, "
                    + (rope.has(key) ? "has " + factors.size() : "is missing"));
        }
        for (int i = 0; i < powers.length; i++) {
            powers[i] *= factors.get(i);
        }
        return inverse(powers);
    }

    /** YaRN (Peng et al. 2023): as {@link #llama3}, going over by the number of the pair. */
    private float[] yarn() {
        double[] range = {correction("beta_fast", 32), correction("beta_slow", 1)};
        if (rope.flag("truncate", true)) {
            range[0] = Math.floor(range[0]);
            range[1] = Math.ceil(range[1]);
        }
        float low = (float) Math.max(range[0], 0);
        double high = Math.min(range[1], width - 1);
        float span = (float) ((high == low ? high + 0.001 : high) - low);
        float factor = (float) stretch();
        float[] powers = powers(base);
        float[] turns = new float[powers.length];
        for (int i = 0; i < turns.length; i++) {
            float fast = 1 - Math.min(1, Math.max(0, (i - low) / span));
            turns[i] = 1 / (factor * powers[i]) * (1 - fast) + 1 / powers[i] * fast;
        }
        return turns;
    }

    /** The number of the pair that turns so many times in the trained context. */
    private double correction(String key, double absent) {
        double rotations = rope.number(key, absent);
        rotations = rotations == 0 ? absent : rotations; // as transformers takes 0
        if (!(rotations > 0)) {
            throw new UserError(rope.source() + ": '" + key + "' should be positive, is " + rotations);
        }
        return width * Math.log(trained / (rotations * 2 * Math.PI)) / (2 * Math.log(base));
    }

    /** By how much the context was stretched. */
    private double stretch() {
        return rope.has("factor") ? factor() : context / trained;
    }

    private double factor() {
        return positive("factor");
    }

    private double positive(String key) {
        double value = rope.number(key, 0);
        if (!(value > 0)) {
            throw new UserError(rope.source() + ": '" + key + "' should be a positive number, is "
                    + (rope.has(key) ? value : "missing"));
        }
        return value;
    }
}
