package ffmerge.model;

import ffmerge.UserError;
import ffmerge.architecture.ModelConfig;
import java.util.Set;

/** The activations that {@code kernels.py} knows, by the names that configs have for them. */
final class Activation {
    private static final Set<String> NAMES =
            Set.of("gelu_new", "gelu_pytorch_tanh", "gelu", "relu", "silu", "swish", "quick_gelu");

    private Activation() {}

    /** @throws UserError if the config names an activation that is not known */
    static String of(ModelConfig config, String key, String absent) {
        String name = config.text(key, absent);
        if (!NAMES.contains(name)) {
            throw new UserError(config.source() + ": the " + key + " '" + name + "' is not known; known are "
                    + String.join(", ", NAMES.stream().sorted().toList()));
        }
        return name;
    }
}
