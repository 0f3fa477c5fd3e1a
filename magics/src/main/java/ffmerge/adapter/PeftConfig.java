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
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

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
        @JsonProperty("bias") String bias,
        @JsonProperty("fan_in_fan_out") boolean transposed,
        @JsonProperty("inference_mode") boolean inference,
        @JsonProperty("use_rslora") boolean rootScaled,
        @JsonProperty("use_dora") boolean magnitudes,
        @JsonProperty("modules_to_save") List<String> others,
        @JsonProperty("rank_pattern") Map<String, Integer> ranks,
        @JsonProperty("alpha_pattern") Map<String, Double> alphas) {
    /** A number is a number, not a text or a part of one. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    /** Beyond it an adapter is larger than any map that it could belong to. */
    private static final int LARGEST_RANK = 1 << 16;

    private static final String LORA = "LORA";

    /** @param targets last parts of names or whole names of linear maps */
    static PeftConfig of(AdapterSettings settings, List<String> targets) {
        return new PeftConfig(
                LORA,
                "CAUSAL_LM",
                null,
                settings.rank(),
                settings.alpha(),
                settings.dropout(),
                JSON.valueToTree(targets),
                "none",
                false,
                true,
                false,
                false,
                null,
                Map.of(),
                Map.of());
    }

    /** @throws UserError if the file can't be read, or asks for what isn't done here */
    static PeftConfig read(Path file) {
        ObjectNode json = PythonJson.readObject(file);
        try {
            PeftConfig config = JSON.treeToValue(json, PeftConfig.class);
            config.requireSupported(file);
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
        if (!Double.isFinite(alpha) || alpha < 0) {
            throw new UserError(file + ": 'lora_alpha' should be a finite number from 0 up, is " + alpha);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new UserError(file + ": 'lora_dropout' should be a probability below 1, is " + dropout);
        }
        String beyond = magnitudes
                ? "use_dora"
                : bias != null && !bias.equals("none")
                        ? "bias"
                        : others != null && !others.isEmpty()
                                ? "modules_to_save"
                                : ranks != null && !ranks.isEmpty()
                                        ? "rank_pattern"
                                        : alphas != null && !alphas.isEmpty() ? "alpha_pattern" : "";
        if (!beyond.isEmpty()) {
            throw new UserError(file + ": '" + beyond
                    + "' is set, which isn't known here; in Python, merge_and_unload() makes one model of it");
        }
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
