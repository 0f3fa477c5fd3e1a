package ffmerge.adapter;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** {@code adapter_config.json} as Python's PEFT writes it for LoRA, as far as it decides what a model computes. */
@JsonIgnoreProperties(ignoreUnknown = true)
record PeftConfig(
        @JsonProperty("peft_type") String type,
        @JsonProperty("task_type") String task,
        @JsonProperty("base_model_name_or_path") String base,
        @JsonProperty("r") int rank,
        @JsonProperty("lora_alpha") double alpha,
        @JsonProperty("lora_dropout") double dropout,
        @JsonProperty("target_modules") JsonNode targets,
        @JsonProperty("exclude_modules") JsonNode excluded,
        @JsonProperty("layers_to_transform") JsonNode layers,
        @JsonProperty("bias") String bias,
        @JsonProperty("fan_in_fan_out") boolean inputsFirst,
        @JsonProperty("inference_mode") boolean inference,
        @JsonProperty("use_rslora") boolean rootScaled) {
    /** A number is a number, not a text or a part of one. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    /** Beyond it an adapter is larger than any map that it could belong to. */
    private static final int LARGEST_RANK = 1 << 16;

    private static final String LORA = "LORA";

    /** By what a model is for; of what isn't named here PEFT has no type. */
    private static final Map<Architecture.Task, String> TASKS = Map.of(
            Architecture.Task.LANGUAGE_MODELLING,
            "CAUSAL_LM",
            Architecture.Task.TRANSLATION,
            "SEQ_2_SEQ_LM",
            Architecture.Task.SENTENCE_CLASSIFICATION,
            "SEQ_CLS");

    /** Settings with which, whatever they are, a model computes {@code W x + s · B A x}. */
    private static final Set<String> HARMLESS = Set.of(
            "peft_type",
            "task_type",
            "base_model_name_or_path",
            "revision",
            "peft_version",
            "inference_mode",
            "auto_mapping",
            "r",
            "lora_alpha",
            "lora_dropout",
            "target_modules",
            "exclude_modules",
            "layers_to_transform",
            "layers_pattern",
            "fan_in_fan_out",
            "use_rslora",
            "megatron_core",
            "qalora_group_size",
            // of starts that are over when an adapter is in a file
            "eva_config",
            "corda_config",
            "lora_ga_config",
            "runtime_config");

    /** Ways to start an adapter that leave the model's own weights as they are; others, as PiSSA's, change them on loading. */
    private static final Set<String> PLAIN_STARTS = Set.of("true", "false", "gaussian", "orthogonal", "eva");

    /** @param targets last parts of names or whole names of linear maps */
    static PeftConfig of(AdapterSettings settings, List<String> targets, Architecture architecture) {
        return new PeftConfig(
                LORA,
                TASKS.get(architecture.task()),
                null,
                settings.rank(),
                settings.alpha(),
                settings.dropout(),
                JSON.valueToTree(targets),
                null,
                null,
                "none",
                architecture.linearWeights().stream().anyMatch(ModelTensor::inputsFirst),
                true,
                false);
    }

    /** @throws UserError if the file can't be read, or asks for what isn't done here */
    static PeftConfig read(Path file) {
        ObjectNode json = PythonJson.readObject(file);
        try {
            PeftConfig config = JSON.treeToValue(json, PeftConfig.class);
            config.requireSupported(file);
            requirePlain(json, file);
            return config;
        } catch (JsonMappingException e) {
            String field = e.getPath().isEmpty()
                    ? ""
                    : String.valueOf(e.getPath().get(0).getFieldName());
            throw new UserError(file + ": '" + field + "' is " + json.path(field) + ", which PEFT never writes", e);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // a tree is JSON already
        }
    }

    private void requireSupported(Path file) {
        if (!LORA.equals(type)) {
            throw new UserError(file + ": adapters of the type LORA are known; '" + type + "' isn't");
        }
        if (rank < 1 || rank > LARGEST_RANK) {
            throw new UserError(file + ": 'r' should be a positive whole number, is " + rank);
        }
        if (!Double.isFinite(alpha) || alpha <= 0) {
            throw new UserError(file + ": 'lora_alpha' should be a finite number above 0, is " + alpha);
        }
        if (plainAlpha() / rank > AdapterSettings.LARGEST_SCALE) {
            throw new UserError(file + ": 'lora_alpha' is " + alpha + ", which scales adapters of rank " + rank
                    + " by more than a million: no training makes such ones");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new UserError(file + ": 'lora_dropout' should be a probability below 1, is " + dropout);
        }
    }

    /** Names the first setting by which PEFT would compute something else, or might. */
    private static void requirePlain(ObjectNode json, Path file) {
        for (Map.Entry<String, JsonNode> setting : json.properties()) {
            JsonNode value = setting.getValue();
            boolean plain = switch (setting.getKey()) {
                case "bias" -> value.isNull() || value.asText().equals("none");
                case "init_lora_weights" ->
                    value.isNull() || PLAIN_STARTS.contains(value.asText().toLowerCase(Locale.ROOT));
                default -> HARMLESS.contains(setting.getKey()) || isUnset(value);
            };
            if (!plain) {
                throw new UserError(file + ": '" + setting.getKey() + "' is " + value
                        + ", which isn't known here; in Python, merge_and_unload() makes one model of it");
            }
        }
    }

    private static boolean isUnset(JsonNode value) {
        return value.isNull() || value.isBoolean() && !value.asBoolean() || value.isContainerNode() && value.isEmpty();
    }

    /**
     * Whether PEFT gives a linear map an adapter: its name, or what its name ends with, or a regular expression for it,
     * stands among the targets and not among what is excluded, and its layer is one of those that are named. A part of a
     * fused map may be named as that, or by itself, as only this program does.
     */
    boolean isTarget(ModelTensor weight, Architecture architecture) {
        List<String> modules = Stream.of(weight.name(), architecture.storedName(weight))
                .map(AdapterSettings::module)
                .toList();
        return modules.stream().anyMatch(module -> matches(targets, module, true))
                && modules.stream().noneMatch(module -> matches(excluded, module, false))
                && (layers == null
                        || layers.isNull()
                        || layers.isEmpty() && layers.isArray()
                        || hasLayer(weight.layer()));
    }

    private boolean hasLayer(int layer) {
        if (!layers.isArray()) {
            return layers.asInt(-1) == layer;
        }
        for (JsonNode each : layers) {
            if (each.asInt(-1) == layer) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMatched(String expression, String module) {
        try {
            return module.matches(expression);
        } catch (PatternSyntaxException e) {
            throw new UserError("the adapters' '" + expression + "' is no regular expression that is known here", e);
        }
    }

    private static boolean matches(JsonNode names, String module, boolean absent) {
        if (names == null || names.isNull()) {
            return absent;
        }
        if (names.isTextual()) {
            return names.asText().equals("all-linear") || isMatched(names.asText(), module);
        }
        for (JsonNode name : names) {
            if (module.equals(name.asText()) || module.endsWith("." + name.asText())) {
                return true;
            }
        }
        return false;
    }

    /** Alpha as {@link AdapterSettings} means it; with rank-stabilized scaling PEFT divides by the rank's root. */
    double plainAlpha() {
        return rootScaled ? alpha * Math.sqrt(rank) : alpha;
    }

    byte[] json() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
        } catch (IOException e) {
            throw new IllegalStateException(e); // strings and numbers
        }
    }
}
