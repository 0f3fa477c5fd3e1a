package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.fixture.Cases;
import ffmerge.result.EvalResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What was read once is kept, but not where its files are others than before; and what it says, it says of each result. */
class ChangedFilesTest extends SessionTests {
    private double eval(Path data) {
        return ((EvalResult) host.run("eval m --data " + data, session)).value();
    }

    private Path load(String base) {
        Path model = Cases.model(base, "", folder.resolve(base));
        host.run("load " + model + " --as m", session);
        return model;
    }

    @Test
    void aTextThatIsWrittenAnewIsReadAnew() throws IOException {
        load("llama");
        String text = Files.readString(Cases.file("K-perplexity-protocol/data/text.txt"));
        Path file = Files.writeString(folder.resolve("text.txt"), text);
        double before = eval(file);
        assertEquals(before, eval(file));
        Files.writeString(file, text.substring(text.length() / 2));
        assertNotEquals(before, eval(file));
    }

    @Test
    void aTokenizerThatIsWrittenAnewIsReadAnew() throws IOException {
        Path model = load("llama");
        Path text = Cases.file("K-perplexity-protocol/data/text.txt");
        double before = eval(text);
        Path tokenizer = model.resolve("tokenizer.json");
        JsonNode json = new ObjectMapper().readTree(tokenizer.toFile());
        ((ObjectNode) json).putObject("normalizer").put("type", "Lowercase");
        tokenizer.toFile().setWritable(true);
        Files.writeString(tokenizer, json.toString());
        assertNotEquals(before, eval(text));
    }

    @Test
    void picturesArePreparedAsTheFileSaysNow() throws IOException {
        Path model = load("vit");
        Path data = Cases.file("F-class-names/data/same");
        double before = eval(data);
        assertEquals(before, eval(data));
        Path processor = model.resolve("preprocessor_config.json");
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(processor.toFile());
        processor.toFile().setWritable(true);
        Files.writeString(
                processor, json.put("image_std", 9).put("image_mean", -3).toString());
        assertNotEquals(before, eval(data));
    }

    @Test
    void eachResultIsToldOfTheLineEnds() throws IOException {
        load("llama");
        Path text = Cases.file("K-perplexity-protocol/data/line-ends.txt");
        for (String command : List.of(
                "eval m",
                "eval m --context 64",
                "cka m --tokens 256",
                "merge m --window 1-2 --tokens 256 --as small")) {
            host.notices.clear();
            host.run(command + " --data " + text, session);
            assertEquals(
                    1,
                    host.notices.stream()
                            .filter(n -> n.contains("line-ends.txt ends lines with"))
                            .count(),
                    command + ": " + host.notices);
        }
    }
}
