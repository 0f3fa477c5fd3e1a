package ffmerge.tokenize;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The {@code vocab.txt} that old folders of BERT have in place of a {@code tokenizer.json}: a token a line, whose number is its
 * id. What else a tokenizer is, its class says.
 */
final class WordList {
    static final String FILE = "vocab.txt";

    private static final String UNKNOWN = "[UNK]";
    private static final List<String> SPECIAL = List.of("[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]");

    private WordList() {}

    /**
     * What would stand in a {@code tokenizer.json}.
     *
     * @throws UserError if the file can't be read
     */
    static ObjectNode read(Path file) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("version", "1.0");
        ObjectNode model = JsonNodeFactory.instance.objectNode().put("type", "WordPiece");
        ObjectNode vocabulary = model.putObject("vocab");
        int id = 0;
        for (String token : lines(file)) {
            vocabulary.put(token, id++);
        }
        model.put("unk_token", UNKNOWN).put("continuing_subword_prefix", "##").put("max_input_chars_per_word", 100);
        ArrayNode added = json.putArray("added_tokens");
        SPECIAL.stream()
                .filter(vocabulary::has)
                .forEach(token -> added.add(
                        AddedToken.special(token).json(vocabulary.get(token).asInt())));
        json.putNull("normalizer");
        json.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        json.putNull("post_processor");
        json.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
        json.set("model", model);
        return json;
    }

    private static List<String> lines(Path file) {
        try {
            return List.of(Files.readString(file).split("\r\n|\r|\n"));
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }
}
