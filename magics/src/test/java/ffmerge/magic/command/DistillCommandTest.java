package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.fixture.TinyGpt2;
import ffmerge.result.DryRun;
import ffmerge.result.Step;
import ffmerge.result.TuneResult;
import ffmerge.view.ResultJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DistillCommandTest extends SessionTests {
    private static final String SHORT = " --steps 2 --batch 1 --limit 1 --as tuned";

    @ParameterizedTest
    @CsvSource({
        "gpt2-novels, --window 3-4",
        "vit-digits, --window 3-4",
        "opus-mt-tatoeba-zh-en, --window 1-2 --stack decoder"
    })
    void aModelLearnsFromTheOneThatItWasMadeFrom(String name, String layers) {
        host.run("load " + name + " --as base", session);
        host.run("drop base " + layers + " --as small", session);
        String line = "tune small --teacher base --temperature 3 --distill 0.75 --max-length 4" + SHORT;
        TuneResult result =
                (TuneResult) host.run(name.startsWith("opus") ? line : line.replace(" --max-length 4", ""), session);
        JsonNode json = ResultJson.of(result);
        assertEquals(name, json.get("teacher").asText());
        assertEquals(3, json.get("temperature").asDouble());
        assertEquals(0.75, json.get("distill").asDouble());
        assertEquals(2, result.loss().size());
        assertTrue(result.loss().stream().allMatch(Double::isFinite));
        assertTrue(
                session.views()
                        .sentence(result)
                        .contains(", taught by " + name + " (temperature 3.00, 75.00 % of the loss)"),
                session.views().sentence(result));
        List<Step> steps = session.lineage("tuned").steps();
        Step last = steps.get(steps.size() - 1);
        assertEquals(name, last.options().get("teacher"));
        assertEquals(3., last.options().get("temperature"));
        assertEquals(0.75, last.options().get("distill"));
    }

    @Test
    void withoutATeacherNothingIsSaidOfOne() {
        host.run("load gpt2-novels --as base", session);
        TuneResult result = (TuneResult) host.run("tune base" + SHORT, session);
        assertFalse(ResultJson.of(result).has("teacher"));
        assertFalse(session.views().sentence(result).contains("taught"));
        assertEquals("gpt2-novels > tune steps 2", session.lineage("tuned").toString());
        assertEquals(
                "--temperature is of distillation: add --teacher NAME",
                host.refusal("tune base --temperature 3" + SHORT, session));
    }

    @Test
    void aTeacherThatCannotTeachIsRefusedByItsName() throws Exception {
        host.run("load gpt2-novels --as base", session);
        host.run("load vit-digits --as vit", session);
        assertEquals(
                "--teacher vit is ViT, which doesn't do what 'base', GPT-2, does; a teacher is a model of the same task",
                host.refusal("tune base --teacher vit" + SHORT, session));
        load("few", new TinyGpt2(2).context(256));
        assertEquals(
                "--teacher few has another vocabulary: 29 tokens, 'base' has 4,096; a teacher has the same tokenizer",
                host.refusal("tune base --teacher few" + SHORT, session));
        load("short", new TinyGpt2(2).vocabulary(4096).context(64));
        String tooShort = host.refusal("tune base --teacher short" + SHORT, session);
        assertEquals("--teacher short takes 64 tokens, rows have up to 256: --context 64 cuts them so", tooShort);
        assertEquals(
                "--distill is a share from 0 to 1; 1.5 isn't",
                host.refusal("tune base --teacher base --distill 1.5" + SHORT, session));
        assertEquals(
                "--temperature is above 0", host.refusal("tune base --teacher base --temperature 0" + SHORT, session));
        assertTrue(host.refusal("tune base --teacher bsae" + SHORT, session).contains("did you mean 'base'"));
    }

    @Test
    void asManyTokensOfAnotherMeaningAreAnotherVocabulary() throws Exception {
        host.run("load gpt2-novels --as base", session);
        Path other = new TinyGpt2(2).vocabulary(4096).context(256).writeTo(folder.resolve("other"));
        String tokenizer = Files.readString(
                session.home().model("gpt2-novels").orElseThrow().resolve("tokenizer.json"));
        Files.writeString(other.resolve("tokenizer.json"), tokenizer);
        host.run("load " + other + " --as other", session);
        assertEquals(2, ((TuneResult) host.run("tune base --teacher other" + SHORT, session)).steps());
        Path swapped = new TinyGpt2(2).vocabulary(4096).context(256).writeTo(folder.resolve("swapped"));
        Files.writeString(swapped.resolve("tokenizer.json"), withTwoTokensExchanged(tokenizer));
        host.run("load " + swapped + " --as swapped", session);
        assertEquals(
                "--teacher swapped has another vocabulary: its tokenizer's tokens are not those of 'base'; a teacher has the"
                        + " same tokenizer",
                host.refusal("tune base --teacher swapped" + SHORT, session));
    }

    private static String withTwoTokensExchanged(String tokenizer) throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode root = json.readTree(tokenizer);
        ObjectNode vocabulary = (ObjectNode) root.at("/model/vocab");
        List<String> names = new ArrayList<>();
        vocabulary.fieldNames().forEachRemaining(names::add);
        JsonNode first = vocabulary.get(names.get(300));
        vocabulary.set(names.get(300), vocabulary.get(names.get(301)));
        vocabulary.set(names.get(301), first);
        return json.writeValueAsString(root);
    }

    private void load(String name, TinyGpt2 model) {
        host.run("load " + model.writeTo(folder.resolve(name)) + " --as " + name, session);
    }

    @Test
    void aDryRunCountsTheTeachersTime() {
        host.run("load gpt2-novels --as base", session);
        host.run("tune base --steps 1000 --dry-run", session); // reads the data, which the others then have
        DryRun alone = (DryRun) host.run("tune base --steps 1000 --dry-run", session);
        DryRun taught = (DryRun) host.run("tune base --teacher base --steps 1000 --dry-run", session);
        assertTrue(taught.seconds() > alone.seconds(), taught + " and " + alone);
    }
}
