package ffmerge.model;

import ffmerge.UserError;
import ffmerge.architecture.Settings;
import java.util.Set;

/** The activations that {@code kernels.py} knows, by the names that configs have for them. */
final class Activation {
    private static final Set<String> NAMES =
            Set.of("gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu", "relu", "silu", "swish", "quick_gelu", "tanh");

    private Activation() {}

    /** @throws UserError if the config names an activation that is not known */
    static String of(Settings settings) {
        return of(settings, "activation");
    }

    /**
     * @param setting that says which
     * @throws UserError as the other one
     */
    static String of(Settings settings, String setting) {
        String name = settings.text(setting);
        if (!NAMES.contains(name)) {
            throw new UserError(settings.config().source() + ": the " + settings.key(setting) + " '" + name
                    + "' is not known; known are "
                    + String.join(", ", NAMES.stream().sorted().toList()));
        }
        return name;
    }
}
