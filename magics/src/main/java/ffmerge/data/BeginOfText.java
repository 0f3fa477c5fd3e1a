package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import ffmerge.json.PythonJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * What a model's tokenizer puts before a text.
 *
 * @param template what the tokenizer's own template puts there; may be nothing
 * @param token the model's begin-of-text token, if it has one
 */
public record BeginOfText(List<Integer> template, Optional<Integer> token) {
    /**
     * Reads what the files of a model's folder say: {@code add_bos_token} of {@code tokenizer_config.json} comes before the
     * template of {@code tokenizer.json}, as in transformers.
     */
    public static BeginOfText read(Path folder, Tokenizer tokenizer) {
        JsonNode settings = json(folder.resolve("tokenizer_config.json"));
        List<Integer> template = IntStream.of(tokenizer.beginning()).boxed().toList();
        Optional<Integer> token = named(settings.path("bos_token"), tokenizer)
                .or(() -> id(folder.resolve("config.json")))
                .or(() -> template.stream().findFirst());
        if (settings.has("add_bos_token") || settings.has("add_eos_token")) {
            boolean adds = settings.path("add_bos_token").asBoolean(false);
            return new BeginOfText(adds ? token.map(List::of).orElse(List.of()) : List.of(), token);
        }
        return new BeginOfText(template, token);
    }

    private static Optional<Integer> named(JsonNode name, Tokenizer tokenizer) {
        String text = name.isObject() ? name.path("content").asText() : name.asText("");
        OptionalInt id = text.isEmpty() ? OptionalInt.empty() : tokenizer.token(text);
        return id.isPresent() ? Optional.of(id.getAsInt()) : Optional.empty();
    }

    private static Optional<Integer> id(Path config) {
        JsonNode id = json(config).path("bos_token_id");
        return id.isInt() ? Optional.of(id.asInt()) : Optional.empty();
    }

    private static JsonNode json(Path file) {
        return Files.exists(file) ? PythonJson.readObject(file) : MissingNode.getInstance();
    }
}
