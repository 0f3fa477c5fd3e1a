package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.fixture.Cases;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import ffmerge.result.SweepResult;
import ffmerge.result.TextProtocol;
import ffmerge.result.TuneResult;
import ffmerge.view.Views;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What perplexity scores, and that its result tells. The values are those of transformers 5.24 in float32 over windows as
 * {@code data.Windows} says; 1,725 tokens of 3,087 bytes.
 */
class PerplexityProtocolTest extends SessionTests {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path TEXT = Cases.file("K-perplexity-protocol/data/text.txt");

    private void load(String changes) {
        Path model = Cases.model("llama", changes, folder.resolve("model"));
        run("load " + model + " --as m");
    }

    private Result run(String line) {
        return host.run(line, session);
    }

    private EvalResult eval(String options) {
        return (EvalResult) run("eval m --data " + TEXT + (" " + options).stripTrailing());
    }

    private static void assertClose(double expected, double actual) {
        assertEquals(expected, actual, 1e-4 * expected);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 62.142317, 256, 128, 1725",
        "--context 64, 35.280117, 64, 32, 1725",
        "--context 64 --stride 64, 47.233461, 64, 64, 1699",
        "--context 100 --stride 17, 48.930653, 100, 17, 1725",
        "--context 100 --stride 17 --weighting token, 47.583944, 100, 17, 1725",
        "--context 100 --stride 17 --weighting word, 160085.193, 100, 17, 1725",
        "--context 100 --stride 17 --weighting byte, 8.7115859, 100, 17, 1725",
        "--bos yes, 61.273944, 256, 128, 1726",
        "--bos yes --context 64 --stride 20, 37.648830, 64, 20, 1726",
        "--bos yes --weighting word, 359396.25, 256, 128, 1726",
        "--bos yes --weighting byte, 10.0557575, 256, 128, 1726"
    })
    void theProtocolIsChosenAndTold(String options, double value, int context, int stride, long tokens) {
        load("");
        EvalResult eval = eval(options);
        assertClose(value, eval.value());
        JsonNode json = JSON.valueToTree(eval);
        assertEquals(context, json.get("context").asInt());
        assertEquals(stride, json.get("stride").asInt());
        assertEquals(tokens, json.get("tokens").asLong());
        assertEquals(options.contains("bos") ? "yes" : "auto", json.get("bos").asText());
        String weighting = options.replaceFirst(".*--weighting ", "");
        assertEquals(
                weighting.equals(options) ? "window" : weighting,
                json.get("weighting").asText());
        assertTrue(
                Views.BUILT_IN.sentence(eval).contains("In windows of " + context + ", " + stride + " apart"),
                () -> Views.BUILT_IN.sentence(eval));
    }

    @Test
    void theTemplatePutsItsTokenOnceAndIsNamed() {
        load("K-perplexity-protocol/begin-of-text");
        assertClose(62.86820456066232, eval("").value());
        assertEquals(
                1, host.notices.stream().filter(n -> n.contains("--bos no")).count());
        host.notices.clear();
        assertClose(62.14231615344318, eval("--bos no").value());
        assertClose(61.273944, eval("--bos yes").value());
        assertEquals("3.34882", eval("").details().get("bits per byte"));
        assertEquals(1, host.notices.size(), "only where the template decides");
        run("cka m --tokens 256 --data " + TEXT);
        assertEquals(1, host.notices.size(), "activations are of nothing but text");
    }

    /** {@code add_bos_token} of tokenizer_config.json overrules tokenizer.json's template, as in transformers. */
    @Test
    void theTokenizersSettingsComeBeforeItsTemplate() throws IOException {
        for (boolean adds : new boolean[] {true, false}) {
            Path model = Cases.model(
                    "llama", adds ? "" : "K-perplexity-protocol/begin-of-text", folder.resolve("set" + adds));
            Path settings = model.resolve("tokenizer_config.json");
            ObjectNode json = (ObjectNode) JSON.readTree(settings.toFile());
            settings.toFile().setWritable(true);
            Files.writeString(settings, json.put("add_bos_token", adds).toString());
            run("load " + model + " --as m");
            assertClose(adds ? 62.86820456066232 : 62.14231615344318, eval("").value());
        }
    }

    @ParameterizedTest
    @CsvSource({"'\r\n', CR LF", "'\r', CR"})
    void otherLineEndsAreReadAsPythonReadsThem(String end, String name) throws IOException {
        load("");
        Path file = folder.resolve("ends.txt");
        Files.writeString(file, Files.readString(TEXT).replace("\n", end));
        EvalResult eval = (EvalResult) run("eval m --data " + file);
        assertClose(62.14231615344318, eval.value());
        assertTrue(host.notices.stream().anyMatch(n -> n.startsWith("ends.txt ends lines with " + name + ",")));
        run("eval m --data " + Cases.file("K-perplexity-protocol/data/line-ends.txt"));
    }

    @Test
    void aByteOrderMarkIsNoPartOfTheText() throws IOException {
        load("");
        Path marked = folder.resolve("marked.txt");
        Files.writeString(marked, "\uFEFF" + Files.readString(TEXT));
        assertClose(62.14231615344318, ((EvalResult) run("eval m --data " + marked)).value());
        assertTrue(host.notices.stream().anyMatch(n -> n.startsWith("marked.txt begins with a byte order mark,")));
        for (Charset wide : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
            Path file = folder.resolve(wide.name() + ".txt");
            Files.writeString(file, "\uFEFFsome words", wide);
            assertEquals(
                    file + " is UTF-16 or UTF-32 text, by its byte order mark; save it as UTF-8",
                    assertThrows(UserError.class, () -> run("eval m --data " + file))
                            .getMessage());
        }
    }

    /** Bytes are counted of the scored tokens alone, where tokens end within characters too. */
    @Test
    void bitsPerByteAreOfTheTextThatIsScored() throws IOException {
        load("");
        Path file = folder.resolve("wide.txt");
        Files.writeString(
                file,
                "Héllo 😀 wörld, naïve café — “quotes” and more text here so that windows overlap a few times over.\n"
                        .repeat(4));
        String options = " --context 64 --stride 32 --limit 3";
        EvalResult eval = (EvalResult) run("eval m --data " + file + options);
        assertClose(8.832384118, Double.parseDouble(eval.details().get("bits per byte")));
        assertClose(
                4655888197554862.0,
                ((EvalResult) run("eval m --data " + file + options + " --weighting word")).value());
    }

    @Test
    void aLongContextIsCutWithANotice() throws IOException {
        Path model = Cases.model("llama", "", folder.resolve("long"));
        Path config = model.resolve("config.json");
        config.toFile().setWritable(true);
        Files.writeString(config, Files.readString(config).replace(": 256", ": 131072"));
        run("load " + model + " --as m");
        EvalResult eval = eval("--limit 1");
        assertEquals(new TextProtocol(1024, 512, "auto", "window", 1023), eval.scoring());
        assertTrue(host.notices.stream().anyMatch(n -> n.contains("1,024") && n.contains("131,072")));
        host.notices.clear();
        assertEquals(1500, eval("--limit 1 --context 1500").scoring().context());
        assertEquals(List.of(), host.notices, "what is asked for is done");
    }

    @Test
    void whatCannotBeScoredIsRefused() {
        load("");
        String line = "eval m --data " + TEXT;
        assertTrue(host.refusal(line + " --context 257", session).contains("--context 257 is beyond the model's 256"));
        assertTrue(host.refusal(line + " --context 1", session).contains("--context is a whole number of at least 2"));
        assertTrue(host.refusal(line + " --context 64 --stride 65", session).contains("--stride 65 is beyond the 64"));
        assertTrue(host.refusal(line + " --bos yes --context 64 --stride 64", session)
                .contains("--stride 64 is beyond the 63"));
        run("load vit-digits --as vit");
        assertTrue(host.refusal("eval vit --context 20", session).contains("--context is for language models"));
    }

    /** What else measures text or records activations takes the same windows. */
    @Test
    void everyCommandOnTextTakesThem() {
        load("");
        String windows = " --data " + TEXT + " --context 64 --stride 16";
        EvalResult eval = eval("--context 64 --stride 16 --split validation");
        SweepResult sweep = (SweepResult) run("sweep m --length 2 --methods none --limit 200" + windows);
        assertClose(eval.value(), sweep.baseline());
        assertEquals(eval.scoring(), sweep.scoring());
        CompareResult compare = (CompareResult) run("compare m" + windows);
        assertEquals(eval.scoring(), compare.rows().get(0).scoring());
        TuneResult tuned = (TuneResult) run("tune m --steps 1 --batch 1 --limit 200 --as t" + windows);
        assertClose(eval.value(), tuned.before());
        assertEquals(eval.scoring(), tuned.scoring());
        assertFalse(host.notices.stream().anyMatch(n -> n.contains("--stride")), host.notices::toString);
        CkaResult cka = (CkaResult) run("cka m --tokens 640" + windows);
        assertEquals(640, cka.tokens());
        run("align m --layers 1,2 --tokens 640" + windows);
        run("merge m --window 1-2 --tokens 640 --as small" + windows);
        assertEquals(
                3, host.notices.stream().filter(n -> n.contains("--stride")).count(), host.notices::toString);
        // 1,726 tokens hold 26 blocks of 64, of which all count, but only 6 of 256
        CkaResult all = (CkaResult) run("cka m --data " + TEXT + " --context 64");
        assertEquals(26 * 64, all.tokens());
    }
}
