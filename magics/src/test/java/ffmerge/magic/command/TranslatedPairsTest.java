package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.result.EvalResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A T5 makes of sentences what transformers makes of them, from text to text, and is judged as sacreBLEU judges it;
 * resources/seq2seq/translate.py made the values.
 */
class TranslatedPairsTest extends SessionTests {
    private static final Path RESOURCES = Path.of("src/test/resources/seq2seq");

    private JsonNode expected;

    @BeforeEach
    void loadWithItsTokenizer() throws IOException {
        Path model = Files.createDirectory(folder.resolve("t5"));
        for (String file : List.of("t5/config.json", "t5/generation_config.json", "t5/model.safetensors")) {
            Files.copy(RESOURCES.resolve(file), model.resolve(file.replaceFirst(".*/", "")));
        }
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(RESOURCES.resolve("tokenizers/t5").resolve(file), model.resolve(file));
        }
        expected = new ObjectMapper()
                .readTree(RESOURCES.resolve("translate/expected.json").toFile());
        host.run("load " + model + " --as base", session);
    }

    private EvalResult eval(int beams) {
        return (EvalResult) host.run(
                "eval base --data " + RESOURCES.resolve("translate") + " --split test --max-length 30 --show 8 --beams "
                        + beams,
                session);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void sentencesAreThoseOfTransformers(int beams) {
        List<String> made = eval(beams).samples().stream()
                .map(EvalResult.Sample::translation)
                .toList();
        JsonNode right = expected.get("made").get(String.valueOf(beams));
        assertEquals(
                IntStream.range(0, right.size())
                        .mapToObj(i -> right.get(i).asText())
                        .toList(),
                made);
        if (beams == 4) {
            assertEquals(expected.get("bleu").asDouble(), eval(beams).value(), 1e-9);
            assertEquals(
                    String.format(Locale.ROOT, "%.2f", expected.get("chrF").asDouble()),
                    eval(beams).details().get("chrF2"));
        }
    }
}
