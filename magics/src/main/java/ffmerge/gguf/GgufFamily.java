package ffmerge.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a family's sizes and tensors are called in GGUF files.
 *
 * @param name as files have it under {@code general.architecture}
 * @param table see {@code resources/ffmerge/gguf}
 */
record GgufFamily(String name, JsonNode table) {
    private static final List<String> KNOWN = List.of("llama", "gpt2");

    /** A tensor of the family, where it is in its order and by how many heads it is grouped there, if by any. */
    record Named(String name, String order, Optional<String> headsKey, Optional<String> flag) {}

    /** @throws UserError if the file's family isn't known */
    static GgufFamily of(String architecture, String source) {
        if (!KNOWN.contains(architecture)) {
            throw new UserError(source + " holds a model of the architecture '" + architecture
                    + "', which isn't read from GGUF here; read are " + String.join(" and ", KNOWN)
                    + ": load the model's folder in Hugging Face layout");
        }
        return read(architecture);
    }

    /** The family of a config's {@code model_type}, if models of it are written as GGUF. */
    static Optional<GgufFamily> ofModelType(String type) {
        return KNOWN.stream()
                .map(GgufFamily::read)
                .filter(family -> family.text("modelType").equals(type))
                .findFirst();
    }

    private static GgufFamily read(String name) {
        try (InputStream in = GgufFamily.class.getResourceAsStream("/ffmerge/gguf/" + name + ".json")) {
            return new GgufFamily(name, PythonJson.parse(in.readAllBytes(), name + ".json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is part of this library
        }
    }

    String text(String key) {
        return table.path(key).asText();
    }

    /** Keys of the config by what files call them, less the family's name. */
    Map<String, String> sizes() {
        return texts("sizes");
    }

    Map<String, String> optional() {
        return texts("optional");
    }

    ObjectNode fixed() {
        return (ObjectNode) table.get("fixed").deepCopy();
    }

    private Map<String, String> texts(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        table.path(key)
                .properties()
                .forEach(e -> texts.put(e.getKey(), e.getValue().asText()));
        return texts;
    }

    /** All tensors that a model of so many layers may have, by what files call them, in their order. */
    Map<String, Named> tensors(int layers) {
        Map<String, Named> all = new LinkedHashMap<>();
        table.path("tensors")
                .fieldNames()
                .forEachRemaining(name -> all.put(name, tensor(name).orElseThrow()));
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "blk." + layer + ".";
            table.path("layerTensors")
                    .fieldNames()
                    .forEachRemaining(
                            name -> all.put(prefix + name, tensor(prefix + name).orElseThrow()));
        }
        return all;
    }

    /** What a tensor of a file is in Hugging Face layout; empty where the family has none of that name. */
    Optional<Named> tensor(String ggufName) {
        String[] parts = ggufName.split("\\.", 3);
        boolean ofLayer = parts.length == 3 && parts[0].equals("blk") && parts[1].matches("\\d{1,5}");
        JsonNode entry = ofLayer
                ? table.path("layerTensors").path(parts[2])
                : table.path("tensors").path(ggufName);
        String prefix = ofLayer ? text("layerPrefix").replace("{layer}", parts[1]) : "";
        return entry.isMissingNode()
                ? Optional.empty()
                : Optional.of(new Named(
                        prefix + entry.path("name").asText(),
                        entry.path("order").asText(""),
                        Optional.ofNullable(entry.get("heads")).map(JsonNode::asText),
                        Optional.ofNullable(entry.get("flag")).map(JsonNode::asText)));
    }
}
