package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.fixture.Cases;
import ffmerge.json.PythonJson;
import ffmerge.result.EvalResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of generated tokens in a text, as {@code decode(…, skip_special_tokens=True)} of transformers 5.24. */
class GeneratedTextsTest extends SessionTests {
    private Path model(String base, String file, Consumer<ObjectNode> change) throws IOException {
        Path model = Cases.model(base, "", folder.resolve("model"));
        ObjectNode json = PythonJson.readObject(model.resolve(file));
        change.accept(json);
        Files.delete(model.resolve(file)); // may be read-only
        Files.write(model.resolve(file), PythonJson.write(json));
        return model;
    }

    private List<String> texts(Path model, String data, int shown) {
        host.run("load " + model + " --as m", session);
        EvalResult eval = (EvalResult) host.run(
                "eval m --data " + Cases.file("A-generation-settings/data/" + data) + " --limit " + shown + " --show "
                        + shown,
                session);
        return eval.samples().stream().map(EvalResult.Sample::translation).toList();
    }

    /** Token 15 is a full stop. */
    @ParameterizedTest
    @ValueSource(strings = {"15", "[15, 0]", "[0, 15]"})
    void aTextKeepsTheFullStopThatEndsIt(String ends) throws IOException {
        Path model = model(
                "llama", "generation_config.json", json -> json.set("eos_token_id", PythonJson.parse(ends, "test")));
        assertEquals(
                List.of(
                        "Steve has a pht to Anday.",
                        "Sam and Sunna will be Sunday.",
                        "Alen has a bysteve Alesday.",
                        "Steve will be Andy examira on Friday."),
                texts(model, "dialogues.jsonl", 4));
    }

    /** Token 5 is a space. */
    @Test
    void ofATranslationNothingIsLeftOutButTokensThatHaveAName() throws IOException {
        Path model = model(
                "marian",
                "tokenizer_config.json",
                json -> json.withObjectProperty("added_tokens_decoder")
                        .putObject("5")
                        .put("content", "<x>")
                        .put("special", true));
        assertEquals(
                List.of(
                        "Ite is miss me me me why sliving<x>k noteds is is is isoming",
                        "Thee caon mey sonn'te<x> times is tote<x> timeseatat."),
                texts(model, "pairs.tsv", 2));
    }
}
