package ffmerge.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.json.FamilyConfig;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model's {@code config.json}. Never changed in place: {@link #with} gives a changed copy.
 *
 * @param source where it was read, for messages
 */
public record ModelConfig(ObjectNode json, String source) {
    /** The key of what only this program knows of a model, and the type that keeps others from opening it. */
    private static final String OWN = FamilyConfig.OWN;

    private static final String TYPE = FamilyConfig.TYPE;
    private static final String WEIGHTS = "weights";

    /** @throws UserError if the file is missing or not a JSON object */
    public static ModelConfig read(Path file) {
        if (!Files.exists(file)) {
            boolean adapters = Files.exists(file.resolveSibling("adapter_config.json"));
            throw new UserError("there is no " + file + ": "
                    + (adapters
                            ? "these are adapters, to be loaded with the model that they are of, %ffmerge load MODEL"
                                    + " --adapters FOLDER"
                            : "a model is a folder in Hugging Face layout"));
        }
        return new ModelConfig(FamilyConfig.of(PythonJson.readObject(file)), file.toString());
    }

    /**
     * As a file has it that transformers can't open and must not: it would fill what it doesn't find with random weights.
     *
     * @param weights the form in which the file holds linear maps, if that is not floats
     */
    public ModelConfig sealed(Optional<String> weights) {
        ObjectNode changed = json.deepCopy();
        ObjectNode own = changed.withObjectProperty(OWN);
        weights.ifPresent(form -> own.put(WEIGHTS, form));
        own.set(TYPE, changed.get(TYPE));
        return new ModelConfig(changed.put(TYPE, OWN), source);
    }

    /** Whether it says what only this program knows. */
    public boolean hasOwn() {
        return json.properties().stream()
                .map(Map.Entry::getKey)
                .anyMatch(key -> key.equals(OWN) || key.startsWith(OWN + "_"));
    }

    /** What it says under a key that only this program knows. */
    JsonNode own(String key) {
        return json.path(OWN).path(key);
    }

    /** @param value null where it is to say nothing */
    ModelConfig withOwn(String key, JsonNode value) {
        ObjectNode changed = json.deepCopy();
        ObjectNode own = changed.withObjectProperty(OWN);
        if (value == null) {
            own.remove(key);
        } else {
            own.set(key, value);
        }
        if (own.isEmpty()) {
            changed.remove(OWN);
        }
        return new ModelConfig(changed, source);
    }

    /** The form in which the file beside this config holds linear maps, if that is not floats. */
    public Optional<String> weights() {
        return own(WEIGHTS).isMissingNode()
                ? Optional.empty()
                : Optional.of(own(WEIGHTS).asText());
    }

    /**
     * Which tensors of the file beside this config stand for which others, alias → kept.
     *
     * @throws UserError if something else stands in their place
     */
    public Map<String, String> statedTies() {
        JsonNode stated = own(FamilyConfig.TIES);
        if (!stated.isMissingNode() && !stated.isObject()) {
            throw new UserError(
                    source + ": '" + FamilyConfig.TIES + "' should be an object of tensors' names, is " + stated);
        }
        Map<String, String> ties = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> tie : stated.properties()) {
            if (!tie.getValue().isTextual()) {
                throw new UserError(source + ": '" + FamilyConfig.TIES + "' should name a tensor for '" + tie.getKey()
                        + "', is " + tie.getValue());
            }
            ties.put(tie.getKey(), tie.getValue().asText());
        }
        return ties;
    }

    /** The config of the model itself, however a file holds its weights. */
    public ModelConfig ofModel() {
        return withOwn(WEIGHTS, null).withOwn(FamilyConfig.TIES, null);
    }

    /** The config of a published model of which only the shape is known here: {@code gpt2-large}. */
    public static Optional<ModelConfig> published(String model) {
        String resource = "/ffmerge/architecture/configs/" + model.replaceAll("[^A-Za-z0-9._-]", "_") + ".json";
        try (InputStream in = ModelConfig.class.getResourceAsStream(resource)) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), model));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ModelConfig parse(String text, String source) {
        return new ModelConfig(PythonJson.parseObject(text, source), source);
    }

    /** {@code model_type}, or "" where there is none. */
    public String modelType() {
        return json.path("model_type").asText("");
    }

    /** The classes of transformers that it names for the model, {@code BertForMaskedLM}; mostly one, may be none. */
    public List<String> architectures() {
        List<String> classes = new ArrayList<>();
        json.path(FamilyConfig.ARCHITECTURES).forEach(name -> classes.add(name.asText()));
        return classes;
    }

    /** What a key holds; {@code vision_config.hidden_size} is a key of the object that another one holds. */
    JsonNode value(String key) {
        JsonNode value = json;
        for (String part : json.has(key) ? new String[] {key} : key.split("\\.")) {
            value = value.path(part);
        }
        return value;
    }

    public boolean has(String key) {
        return !value(key).isMissingNode() && !value(key).isNull();
    }

    /** @throws UserError if the key is missing or not a positive whole number */
    public int size(String key) {
        return size(key, value(key));
    }

    /**
     * One of the sizes that a key holds as a list, {@code [height, width]}; a lone number stands for each of them.
     *
     * @throws UserError if the key is missing or holds neither
     */
    public int sizeAt(String key, int index) {
        JsonNode value = value(key);
        return size(key, value.isArray() && index < value.size() ? value.get(index) : value);
    }

    private int size(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() <= 0) {
            throw new UserError(source + ": '" + key + "' should be a positive whole number, is "
                    + (value.isMissingNode() ? "missing" : value.toString()));
        }
        return value.asInt();
    }

    /**
     * How many entries a key's object or list has.
     *
     * @throws UserError if the key is missing or holds something else, or nothing
     */
    public int count(String key) {
        JsonNode value = value(key);
        if (!value.isContainerNode() || value.isEmpty()) {
            throw new UserError(source + ": '" + key + "' should have entries, is "
                    + (value.isMissingNode() ? "missing" : value.toString()));
        }
        return value.size();
    }

    /** @throws UserError if the key is missing or not a whole number from 1 to {@code most} */
    public int size(String key, int most) {
        int size = size(key);
        if (size > most) {
            throw new UserError(source + ": '" + key + "' is " + size + ", too large to be true");
        }
        return size;
    }

    /** @throws UserError if the key is there but not a finite number */
    public double number(String key, double absent) {
        JsonNode value = value(key);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isNumber()) {
            throw new UserError(source + ": '" + key + "' should be a number, is " + value);
        }
        if (!Double.isFinite(value.asDouble())) {
            throw new UserError(source + ": '" + key + "' should be a finite number, is " + value.asText());
        }
        return value.asDouble();
    }

    /** A list; empty where the key is missing, 0 in place of what is no number. */
    public List<Double> numbers(String key) {
        List<Double> numbers = new ArrayList<>();
        value(key).forEach(number -> numbers.add(number.asDouble()));
        return numbers;
    }

    /**
     * As {@link #number(String, double)}, within bounds beyond which a config is damaged.
     *
     * @throws UserError also if the number lies outside of them
     */
    public double number(String key, double absent, double least, double most) {
        double number = number(key, absent);
        if (number < least || number > most) {
            throw new UserError(source + ": '" + key + "' should be from " + shown(least) + " to " + shown(most)
                    + ", is " + shown(number));
        }
        return number;
    }

    private static String shown(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? String.valueOf((long) number)
                : String.valueOf(number);
    }

    /**
     * The tokens that a key names, one or a list of them.
     *
     * @param vocabulary how many tokens there are
     * @throws UserError if the key holds something else, or a number that is no token's
     */
    public List<Integer> tokens(String key, int vocabulary) {
        List<Integer> tokens = wholeNumbers(key);
        for (int token : tokens) {
            requireToken(key, token, vocabulary);
        }
        return tokens;
    }

    /** @throws UserError if the number that stands under a key is none of a vocabulary's tokens */
    public void requireToken(String key, int token, int vocabulary) {
        if (token < 0 || token >= vocabulary) {
            throw new UserError(source + ": '" + key + "' names the token " + token + ", the vocabulary has 0 to "
                    + (vocabulary - 1));
        }
    }

    /**
     * A whole number or a list of them; none where the key is missing.
     *
     * @throws UserError if the key holds something else
     */
    public List<Integer> wholeNumbers(String key) {
        JsonNode value = value(key);
        List<Integer> numbers = new ArrayList<>();
        if (value.isMissingNode() || value.isNull()) {
            return numbers;
        }
        for (JsonNode number : value.isArray() ? value : List.of(value)) {
            if (!number.isIntegralNumber() || !number.canConvertToInt()) {
                throw new UserError(source + ": '" + key + "' should hold whole numbers, is " + value);
            }
            numbers.add(number.asInt());
        }
        return numbers;
    }

    /**
     * The object that a key holds, as a config of its own; empty where there is none or it has no entries.
     *
     * @throws UserError if the key holds something else
     */
    public Optional<ModelConfig> object(String key) {
        JsonNode value = value(key);
        if (value.isMissingNode() || value.isNull() || value.isObject() && value.isEmpty()) {
            return Optional.empty();
        }
        if (value instanceof ObjectNode object) {
            return Optional.of(new ModelConfig(object, source + ": " + key));
        }
        throw new UserError(source + ": '" + key + "' should be an object, is " + value);
    }

    /** The first key that holds an object. */
    public Optional<String> firstObject() {
        return json.properties().stream()
                .filter(entry -> entry.getValue().isObject())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    public String text(String key, String absent) {
        return has(key) ? value(key).asText() : absent;
    }

    /** An entry of the object that a key holds: {@code id2label}'s {@code "0"}. */
    public String text(String key, String entry, String absent) {
        JsonNode value = value(key).path(entry);
        return value.isValueNode() && !value.isNull() ? value.asText() : absent;
    }

    /** @throws UserError if the key is there but neither true nor false */
    public boolean flag(String key, boolean absent) {
        JsonNode value = value(key);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw new UserError(source + ": '" + key + "' should be true or false, is " + value);
        }
        return value.asBoolean();
    }

    /** A copy in which an entry is another. */
    ModelConfig with(String key, JsonNode value) {
        ObjectNode changed = json.deepCopy();
        changed.set(key, value);
        return new ModelConfig(changed, source);
    }

    /** A copy in which a flag is another. */
    ModelConfig with(String key, boolean value) {
        return new ModelConfig(json.deepCopy().put(key, value), source);
    }

    /** A copy that lacks some keys. */
    ModelConfig without(List<String> keys) {
        ObjectNode changed = json.deepCopy();
        changed.remove(keys);
        return new ModelConfig(changed, source);
    }

    /** A copy in which the number that some keys hold is another. */
    ModelConfig with(List<String> keys, int value) {
        ModelConfig changed = this;
        for (String key : keys) {
            changed = changed.with(key, value);
        }
        return changed;
    }

    /** A copy with what another one says, which wins. */
    public ModelConfig with(ModelConfig other) {
        return new ModelConfig(json.deepCopy().setAll(other.json), source);
    }

    /** A copy in which a number is another. */
    public ModelConfig with(String key, int value) {
        ObjectNode changed = json.deepCopy();
        int dot = key.indexOf('.');
        if (dot > 0 && changed.path(key.substring(0, dot)) instanceof ObjectNode within) {
            within.put(key.substring(dot + 1), value);
        } else {
            changed.put(key, value);
        }
        return new ModelConfig(changed, source);
    }
}
