package ffmerge;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names of the files that the folder of a model has. What a hub download fetches, what is copied into a saved model and
 * what {@code --replace} may delete is told from everything else by this list.
 */
public final class ModelFileNames {
    /** What says the model's shape. */
    public static final String CONFIG = "config.json";

    /** By which a folder that this library saved is known. */
    public static final String OUR_NOTES = "ffmerge.json";

    private static final Set<String> BESIDE_WEIGHTS = Set.of(
            CONFIG,
            "generation_config.json",
            "preprocessor_config.json",
            "processor_config.json",
            "chat_template.jinja",
            "chat_template.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "target_vocab.json",
            "vocab.txt",
            "merges.txt",
            OUR_NOTES);

    /** SentencePiece's models have names of their own: {@code source.spm}, {@code tokenizer.model}. */
    private static final List<String> ENDINGS = List.of(".spm", ".model");

    private static final Pattern WEIGHTS =
            Pattern.compile("(adapter_)?model(-\\d{5}-of-\\d{5})?\\.safetensors|pytorch_model(-\\d{5}-of-\\d{5})?\\.bin"
                    + "|(model\\.safetensors|pytorch_model\\.bin)\\.index\\.json"
                    + "|adapter_model\\.bin|tf_model\\.h5|model\\.(gguf|onnx)|flax_model\\.msgpack|rust_model\\.ot");

    private static final Pattern OTHER_WEIGHTS =
            Pattern.compile(".*\\.(gguf|h5|msgpack|ot|onnx|pth?|bin|npz|ckpt(\\.index)?|safetensors)");

    /** How the name begins of the file by which transformers opens a folder of shared weights. */
    public static final String MODELING = "modeling_ffmerge_";

    private static final Pattern OUR_MODELING = Pattern.compile(MODELING + "\\w+\\.py");

    private static final String ADAPTER_CONFIG = "adapter_config.json";

    private ModelFileNames() {}

    /** Configuration and tokenizer. */
    public static boolean isBesideWeights(String name) {
        return BESIDE_WEIGHTS.contains(name)
                || !name.startsWith(".") && ENDINGS.stream().anyMatch(name::endsWith);
    }

    /** A file of weights by its ending, whatever its form. */
    public static boolean isOtherWeights(String name) {
        return OTHER_WEIGHTS.matcher(name).matches();
    }

    /** The file by which transformers opens a folder of shared weights. */
    public static boolean isModeling(String name) {
        return OUR_MODELING.matcher(name).matches();
    }

    /** Any file of a model or of adapters. */
    public static boolean isModelFile(String name) {
        return isBesideWeights(name) || marksModel(name) || isModeling(name);
    }

    /** A file that tells that its folder is a model's, or adapters'. */
    public static boolean marksModel(String name) {
        return name.equals(CONFIG)
                || name.equals(ADAPTER_CONFIG)
                || WEIGHTS.matcher(name).matches();
    }
}
