package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.ModelFileNames;
import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.json.FamilyConfig;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a model's pictures are prepared, as {@code processor_config.json} says under {@code image_processor}, else
 * {@code preprocessor_config.json}, with what holds for the processor's class where a key is absent:
 * {@code processors.json} has each class's values, as transformers' Pillow variants have them. A null is no value.
 *
 * @param values of all keys that are read
 * @param processor the class's name without what it ends in: {@code ViT}, {@code CLIP}
 * @param source for messages
 */
record ProcessorConfig(ObjectNode values, String processor, String source) {
    static final String FILE = "preprocessor_config.json";

    /** Since transformers 5, all processors of a model in one file; before, how texts and pictures are joined. */
    private static final String OF_ALL = "processor_config.json";

    private static final String PICTURES = "image_processor";

    /** What classes of one kind end in, in one release or another. */
    private static final String SUFFIX = "(ImageProcessor(Fast|Pil)?|FeatureExtractor)$";

    /** What a picture is taken through where nothing names a class: the models here are its. */
    private static final String USUAL = "ViT";

    /** Keys that would do what isn't done here. */
    private static final List<String> REFUSED = List.of("do_pad", "use_square_size");

    /** @throws UserError if there is no such file, it is no JSON object, or names a processor that isn't known */
    static ProcessorConfig read(Path folder) {
        Own own = own(folder); // whose NaN is refused by whoever reads the value
        JsonNode table = table();
        String processor = processor(own, folder, table);
        ObjectNode values = table.path(processor).deepCopy();
        values.setAll(own.values);
        for (String key : REFUSED) {
            if (values.path(key).asBoolean()) {
                throw new UserError(own.source + ": '" + key + "' is set, which isn't supported");
            }
        }
        return new ProcessorConfig(values, processor, own.source);
    }

    /** What a model's files say, without what holds for the class. */
    private record Own(ObjectNode values, String source) {}

    private static Own own(Path folder) {
        Path ofAll = folder.resolve(OF_ALL);
        if (Files.exists(ofAll)) {
            JsonNode pictures = PythonJson.readObject(ofAll).path(PICTURES);
            String source = ofAll + ", '" + PICTURES + "'";
            if (pictures instanceof ObjectNode object) {
                return new Own(object, source);
            }
            if (!pictures.isMissingNode() && !pictures.isNull()) {
                throw new UserError(source + " should be an object, is " + pictures);
            }
        }
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            throw new UserError(folder + " has no " + FILE
                    + "; in Python, AutoImageProcessor.from_pretrained(…).save_pretrained(folder) makes one");
        }
        return new Own(PythonJson.readObject(file), file.toString());
    }

    private static JsonNode table() {
        try (InputStream in = ProcessorConfig.class.getResourceAsStream("processors.json")) {
            return PythonJson.parse(in.readAllBytes(), "processors.json");
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is part of this library
        }
    }

    private static String processor(Own own, Path folder, JsonNode table) {
        for (String key : List.of("image_processor_type", "feature_extractor_type")) {
            if (own.values.path(key).isTextual()) {
                return named(own.values.path(key).asText(), key, own.source, table);
            }
        }
        Path config = folder.resolve(ModelFileNames.CONFIG);
        JsonNode model =
                Files.exists(config) ? FamilyConfig.of(PythonJson.readObject(config)) : MissingNode.getInstance();
        JsonNode type = model.path("image_processor_type");
        return type.isTextual()
                ? named(type.asText(), "image_processor_type", config.toString(), table)
                : ofModel(model.path("model_type"), table).orElse(USUAL);
    }

    private static String named(String name, String key, String source, JsonNode table) {
        String processor = name.replaceFirst(SUFFIX, "");
        if (!table.has(processor) || processor.equals(name)) {
            List<String> known = new ArrayList<>();
            table.fieldNames().forEachRemaining(k -> known.add(k + "ImageProcessor"));
            throw new UserError(source + ": the processor '" + name + "' ('" + key + "') isn't known"
                    + Nearest.hint(name, known, "known are " + String.join(", ", known)));
        }
        return processor;
    }

    /** The processor that the model's own class goes with. */
    private static Optional<String> ofModel(JsonNode type, JsonNode table) {
        return table.properties().stream()
                .filter(entry -> contains(entry.getValue().path("models"), type))
                .map(entry -> entry.getKey())
                .findFirst();
    }

    private static boolean contains(JsonNode list, JsonNode value) {
        for (JsonNode item : list) {
            if (item.equals(value)) {
                return true;
            }
        }
        return false;
    }

    JsonNode value(String key) {
        return values.path(key);
    }

    /**
     * Null is false.
     *
     * @throws UserError if it is neither
     */
    boolean flag(String key) {
        JsonNode value = values.path(key);
        if (!value.isBoolean() && !value.isNull()) {
            throw refusal(key, "is true or false");
        }
        return value.asBoolean(false);
    }

    /**
     * @param absent where the class has none either
     * @throws UserError if it isn't a number between the two
     */
    double number(String key, double absent, double least, double most) {
        JsonNode value = values.path(key);
        return value.isMissingNode() ? absent : number(key, value, least, most);
    }

    double number(String key, JsonNode value, double least, double most) {
        double number = value.asDouble();
        if (!value.isNumber() || !(number >= least && number <= most)) {
            throw refusal(key, "is a number from " + least + " to " + most);
        }
        return number;
    }

    /**
     * One number a channel; a lone one counts for all.
     *
     * @throws UserError if there are not as many as channels, or one isn't between the two
     */
    float[] perChannel(String key, int channels, double least, double most) {
        JsonNode value = values.path(key);
        boolean list = value.isArray();
        if (list && value.size() != channels && !(channels == 1 && allAlike(value))) {
            throw new UserError(source + ": '" + key + "' is " + value + ", the model takes " + channels + " channel"
                    + (channels == 1 ? "" : "s"));
        }
        float[] numbers = new float[channels];
        for (int c = 0; c < channels; c++) {
            numbers[c] = (float) number(key, list ? value.path(c) : value, least, most);
        }
        return numbers;
    }

    /** Then it doesn't matter which of them a grey picture takes. */
    private static boolean allAlike(JsonNode list) {
        for (JsonNode item : list) {
            if (!item.equals(list.path(0))) {
                return false;
            }
        }
        return !list.isEmpty();
    }

    UserError refusal(String key, String rule) {
        JsonNode value = values.path(key);
        return new UserError(
                source + ": '" + key + "' is " + (value.isMissingNode() ? "missing" : value) + "; it " + rule);
    }
}
