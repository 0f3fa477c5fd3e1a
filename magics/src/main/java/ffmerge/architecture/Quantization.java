package ffmerge.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a checkpoint says of weights that aren't stored as plain numbers: GPTQ, AWQ, bitsandbytes, FP8 and others. */
public final class Quantization {
    /** Keys of {@code config.json}; the second is an older one of compressed-tensors. */
    private static final List<String> KEYS = List.of("quantization_config", "compression_config");

    /** What the names of packed tensors end with, by whose they are. */
    private static final Map<String, String> SUFFIXES = Map.ofEntries(
            Map.entry(".qweight", "GPTQ or AWQ"),
            Map.entry(".qzeros", "GPTQ or AWQ"),
            Map.entry(".weight_packed", "compressed-tensors"),
            Map.entry(".weight_scale", "FP8 or compressed-tensors"),
            Map.entry(".weight_scale_inv", "FP8"),
            Map.entry(".weight_quantizer._scale", "Quanto"),
            Map.entry(".weight._scale", "Quanto"),
            Map.entry(".W_q", "HQQ"),
            Map.entry(".SCB", "bitsandbytes' LLM.int8"),
            Map.entry(".absmax", "bitsandbytes' 4 bits"),
            Map.entry(".quant_map", "bitsandbytes' 4 bits"),
            Map.entry("_blocks", "MXFP4"),
            Map.entry(".codebooks", "AQLM"));

    private static final String REMEDY =
            ", which isn't read here; load the checkpoint that it was made from (this program"
                    + " quantizes by itself, see %ffmerge help load), or in Python, dequantize() the model and save it anew";

    private Quantization() {}

    /** @throws UserError if the config says that the weights are quantized */
    public static void requireNone(ModelConfig config) {
        for (String key : KEYS) {
            JsonNode says = config.json().path(key);
            if (!says.isMissingNode() && !says.isNull() && !(says.isContainerNode() && says.isEmpty())) {
                throw new UserError(config.source() + ": '" + key + "' says that the weights are quantized by '"
                        + method(says) + "'" + REMEDY);
            }
        }
    }

    private static String method(JsonNode says) {
        for (String key : List.of("quant_method", "quant_type", "format")) {
            if (says.path(key).isTextual()) {
                return says.path(key).asText();
            }
        }
        // bitsandbytes' first configs didn't name it
        boolean bitsAndBytes = says.has("load_in_8bit") || says.has("load_in_4bit");
        return bitsAndBytes ? "bitsandbytes" : "a method that isn't named";
    }

    /** Whose packed weights a name among those of a checkpoint stands for, in words; empty if for nobody's. */
    public static Optional<String> ofNames(Iterable<String> names) {
        for (String name : names) {
            for (Map.Entry<String, String> suffix : SUFFIXES.entrySet()) {
                if (name.endsWith(suffix.getKey())) {
                    return Optional.of("'" + name + "' is what quantized weights of " + suffix.getValue()
                            + " are called" + REMEDY);
                }
            }
        }
        return Optional.empty();
    }
}
