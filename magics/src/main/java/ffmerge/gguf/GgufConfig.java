package ffmerge.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.checkpoint.GgufCheckpoint;
import ffmerge.checkpoint.GgufFile;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What a GGUF file says of its model, as a family's {@code config.json} says it. */
final class GgufConfig {
    private static final String FREQUENCIES = "rope_freqs.weight";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final GgufFile file;
    private final GgufFamily family;
    private final ObjectNode config = JSON.createObjectNode();

    private GgufConfig(GgufFile file, GgufFamily family) {
        this.file = file;
        this.family = family;
    }

    /** @throws UserError if a size is missing, or the model has what the family's config can't say */
    static ObjectNode of(GgufFile file, GgufFamily family) {
        GgufConfig made = new GgufConfig(file, family);
        made.fill();
        return made.config;
    }

    private void fill() {
        config.put("model_type", family.text("modelType"));
        config.putArray("architectures").add(family.text("class"));
        config.setAll(family.fixed());
        family.sizes().forEach((key, named) -> put(key, said(named).orElseThrow(() -> missing(named))));
        family.optional().forEach((key, named) -> said(named).ifPresent(value -> put(key, value)));
        GgufFile.Tensor tokens = file.tensors().get(family.text("tokens"));
        if (tokens == null) {
            throw new UserError(file.path() + " has no tensor '" + family.text("tokens") + "'");
        }
        config.put("vocab_size", tokens.shape().get(0));
        config.put("tie_word_embeddings", !file.tensors().containsKey(family.text("head")));
        for (String role : new String[] {"bos", "eos"}) {
            if (file.values().get("tokenizer.ggml." + role + "_token_id") instanceof Long id) {
                config.put(role + "_token_id", id);
            }
        }
        rotary();
    }

    private Optional<Object> said(String named) {
        return Optional.ofNullable(file.values().get(family.name() + "." + named));
    }

    private UserError missing(String named) {
        return new UserError(file.path() + " doesn't say '" + family.name() + "." + named + "'");
    }

    private void put(String key, Object value) {
        if (value instanceof Long whole) {
            config.put(key, whole);
        } else if (value instanceof Double real) {
            config.put(key, Double.parseDouble(Float.toString(real.floatValue()))); // 1e-5, of which files have a float
        } else {
            throw new UserError(file.path() + ": '" + key + "' should be one number, is " + value
                    + "; models whose layers differ aren't read here");
        }
    }

    /** Scaled positions, and heads of which a part alone is turned. */
    private void rotary() {
        long width = config.path(family.text("width")).asLong();
        long heads = Math.max(1, config.path(family.text("heads")).asLong());
        long head = config.path("head_dim").asLong(width / heads);
        if (said("rope.dimension_count").orElse(head) instanceof Long turned && turned != head) {
            throw new UserError(
                    file.path() + " turns " + turned + " of the " + head
                            + " values of a head, which isn't read from GGUF here; load the model's folder in Hugging Face layout");
        }
        Object scaling = said("rope.scaling.type").orElse("none");
        if (scaling.equals("linear") && said("rope.scaling.factor").orElse(1.0) instanceof Double factor) {
            config.putObject("rope_scaling").put("rope_type", "linear").put("factor", factor);
        } else if (!scaling.equals("none")) {
            throw new UserError(file.path() + " scales positions by '" + scaling
                    + "', which isn't read from GGUF here; load the model's folder in Hugging Face layout");
        }
        if (file.tensors().containsKey(FREQUENCIES)) {
            llama3(head);
        }
    }

    /** Llama 3.1's scaled positions stand as factors, which are those of its published settings or nobody's. */
    private void llama3(long head) {
        GgufFile.Tensor tensor = file.tensors().get(FREQUENCIES);
        float[] factors = new float[Math.toIntExact(tensor.elements())];
        file.read(tensor, 0, FloatBuffer.wrap(factors));
        double factor = factors.length == 0 ? 1 : factors[factors.length - 1];
        double base = config.path("rope_theta").asDouble(10000);
        boolean same = factors.length == head / 2;
        for (int i = 0; same && i < factors.length; i++) {
            double wave = 2 * Math.PI * Math.pow(base, 2.0 * i / head);
            double smooth = (8192 / wave - 1) / 3;
            double expected = wave < 8192 / 4.0 ? 1 : wave > 8192 ? factor : 1 / ((1 - smooth) / factor + smooth);
            same = Math.abs(factors[i] - expected) < 1e-3 * expected;
        }
        if (!same) {
            throw new UserError(file.path() + ": '" + FREQUENCIES
                    + "' holds other factors than Llama 3.1's; load the model's folder in Hugging Face layout");
        }
        config.putObject("rope_scaling")
                .put("rope_type", "llama3")
                .put("factor", factor)
                .put("low_freq_factor", 1.0)
                .put("high_freq_factor", 4.0)
                .put("original_max_position_embeddings", 8192);
    }

    /** Which tensor of the family each of the file's is, for {@link GgufCheckpoint}; flags are set in the config. */
    static ObjectNode pointer(GgufFile file, GgufFamily family, ObjectNode config) {
        ObjectNode pointer = JSON.createObjectNode();
        pointer.put(
                GgufCheckpoint.FILE, file.path().toAbsolutePath().normalize().toString());
        ObjectNode tensors = pointer.putObject(GgufCheckpoint.TENSORS);
        for (String name : file.tensors().keySet()) {
            if (name.equals(FREQUENCIES)) {
                continue;
            }
            GgufFamily.Named named = family.tensor(name)
                    .orElseThrow(() -> new UserError(file.path() + " holds the tensor '" + name
                            + "', which models of the architecture '" + family.name()
                            + "' don't have here; load the model's folder in Hugging Face layout"));
            ObjectNode entry = tensors.putObject(named.name()).put(GgufCheckpoint.NAME, name);
            named.flag().ifPresent(flag -> config.put(flag, true));
            if (!named.order().isEmpty()) {
                entry.put(GgufCheckpoint.ORDER, named.order());
                named.headsKey().ifPresent(key -> entry.put(GgufCheckpoint.HEADS, heads(key, family, config)));
            }
        }
        return pointer;
    }

    static long heads(String key, GgufFamily family, ObjectNode config) {
        return Math.max(
                1, config.path(key).asLong(config.path(family.text("heads")).asLong()));
    }

    /** What a config says of positions: how many of a head's values are turned, and how they are scaled. */
    static Map<String, Object> rotarySaid(ObjectNode config, GgufFamily family) {
        Map<String, Object> said = new LinkedHashMap<>();
        if (!family.optional().containsKey("rope_theta")) {
            return said;
        }
        long head = config.path("head_dim")
                .asLong(config.path(family.text("width")).asLong() / heads(family.text("heads"), family, config));
        said.put(family.name() + ".rope.dimension_count", head);
        JsonNode parameters = config.path("rope_parameters");
        JsonNode scaling = parameters.isObject() ? parameters : config.path("rope_scaling");
        if (parameters.path("rope_theta").isNumber()) {
            said.put(
                    family.name() + ".rope.freq_base",
                    parameters.get("rope_theta").asDouble());
        } else if (config.path("rope_theta").isNumber()) {
            said.put(family.name() + ".rope.freq_base", config.get("rope_theta").asDouble());
        }
        String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
        if (type.equals("linear")) {
            said.put(family.name() + ".rope.scaling.type", "linear");
            said.put(
                    family.name() + ".rope.scaling.factor",
                    scaling.path("factor").asDouble());
        } else if (!type.equals("default")
                || config.path("partial_rotary_factor").asDouble(1) != 1) {
            throw new UserError("positions of the type '" + type
                    + "' aren't written as GGUF here; --format expanded writes what llama.cpp's converter takes");
        }
        return said;
    }

    /** What a config says of the sizes, by the names that files have for them. */
    static Map<String, Object> said(ObjectNode config, GgufFamily family) {
        Map<String, Object> said = new LinkedHashMap<>();
        Map<String, String> all = new LinkedHashMap<>(family.sizes());
        all.putAll(family.optional());
        all.forEach((key, named) -> {
            if (config.path(key).isIntegralNumber()) {
                said.put(family.name() + "." + named, config.get(key).asLong());
            } else if (config.path(key).isNumber()) {
                said.put(family.name() + "." + named, config.get(key).asDouble());
            }
        });
        return said;
    }
}
