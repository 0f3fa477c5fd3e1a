package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.checkpoint.DType;
import ffmerge.model.TransformerModel;
import ffmerge.result.CompareResult;
import ffmerge.result.CompareResult.Axis;
import ffmerge.view.Views;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import tech.tablesaw.api.Table;

/** {@code compare --axis}: what models' quality is set against. */
class CompareAxisTest extends WordModelTests {
    private CompareResult compare(String words) {
        return (CompareResult) onText("compare " + words + " --limit 2");
    }

    @Test
    void modelsInFewerBitsAreSetAgainstBytes() {
        run("quantize base --as base4");
        CompareResult result = compare("base base4");
        assertEquals(Axis.BYTES, result.axis());
        CompareResult.Row base = result.rows().get(0);
        CompareResult.Row base4 = result.rows().get(1);
        assertEquals(base.uniqueParameters(), base4.uniqueParameters());
        double removed = 1 - (double) base4.bytes() / base.bytes();
        assertTrue(removed > 0.2, "bytes removed: " + removed);
        Table table = Views.BUILT_IN.table(result).orElseThrow();
        assertEquals(0, table.doubleColumn("parameters removed").getDouble(1));
        assertEquals(removed, table.doubleColumn("bytes removed").getDouble(1), 1e-12);
        XYChart chart = (XYChart) Views.BUILT_IN.charts(result).get(0);
        double[] drawn = chart.getSeries("in NF4").getXData();
        assertEquals(100 * removed, drawn[0], 1e-9);
        String sentence = Views.BUILT_IN.sentence(result);
        assertTrue(sentence.contains("base4, perplexity ") && sentence.contains(" % less"), sentence);
    }

    @Test
    void anotherAxisIsAskedFor() {
        run("drop base --window 1-1 --as shallow");
        assertEquals(Axis.PARAMETERS, compare("base shallow").axis());
        assertEquals(Axis.BYTES, compare("base shallow --axis bytes").axis());
        assertEquals(Axis.LATENCY, compare("base shallow --axis latency").axis());
        assertEquals(
                "--axis is parameters, bytes, latency; 'byte' isn't; did you mean 'bytes'?",
                refusal("compare base --axis byte"));
    }

    /** Adapters make a model larger than what it was made from, which stays the whole. */
    @Test
    void sharesAreOfTheOriginalWhateverItsAdaptersAdd() {
        run("quantize base --as base4");
        onText("tune base4 --adapters shared --rank 8 --steps 1 --batch 1 --as tuned4");
        CompareResult result = compare("tuned4 base4 base");
        assertEquals("base", result.sharesOf());
        CompareResult.Row base = result.rows().get(2);
        CompareResult.Row tuned = result.rows().get(0);
        assertTrue(tuned.uniqueParameters() > base.uniqueParameters());
        Table table = Views.BUILT_IN.table(result).orElseThrow();
        double more = 1 - (double) tuned.uniqueParameters() / base.uniqueParameters();
        assertEquals(more, table.doubleColumn("parameters removed").getDouble(0), 1e-12);
        assertEquals(0, table.doubleColumn("parameters removed").getDouble(2));
        assertEquals(0, table.doubleColumn("bytes removed").getDouble(2));
        assertTrue(Views.BUILT_IN.sentence(result).contains("; shares removed are of base."), "it is said");
        XYChart chart = (XYChart)
                Views.BUILT_IN.charts(compare("tuned4 base --axis parameters")).get(0);
        assertTrue(chart.getXAxisTitle().endsWith(" of base"), chart.getXAxisTitle());
        assertEquals(100 * more, chart.getSeries("in NF4, tuned").getXData()[0], 1e-9);
        assertTrue(chart.getStyler().getXAxisMin() < 100 * more, "the point is on the picture");
    }

    /** Where none was made from another, the largest without adapters is the whole. */
    @Test
    void withoutAnOriginalSharesAreOfTheLargestWithoutAdapters() {
        run("drop base --window 0-0 --as a");
        run("drop base --window 0-1 --as b");
        onText("tune base --adapters shared --rank 2 --steps 1 --batch 1 --as tuned");
        assertEquals("a", compare("b tuned a").sharesOf());
        assertEquals("tuned", compare("tuned").sharesOf());
    }

    /** Tokens of different tokenizers are different things; their bytes are the same. */
    @Test
    void perplexitiesOfOtherTokensAreNotSetSideBySide() {
        run("load gpt2-novels --as gpt2");
        for (String weighting : List.of("", " --weighting window", " --weighting token")) {
            assertEquals(
                    "'base' and 'gpt2' have different tokenizers, so that their perplexities of tokens don't compare: add"
                            + " --weighting byte",
                    refusal("compare base gpt2 --limit 2 --data " + data + weighting));
            assertTrue(refusal("compare base gpt2 --dry-run --limit 2 --data " + data + weighting)
                    .startsWith("'base' and 'gpt2' have different tokenizers"));
        }
        CompareResult ofBytes = compare("base gpt2 --weighting byte");
        assertEquals(2, ofBytes.rows().size());
        ofBytes.rows().forEach(row -> assertNull(row.difference(), "windows of other tokens are no pairs"));
        assertTrue(host.notices.stream().noneMatch(n -> n.contains("different tasks")), host.notices.toString());
    }

    /** Of one tokenizer a model may have more rows than there are tokens. */
    @Test
    void rowsWithoutTokensAreNoOtherTokenizer() throws Exception {
        Path wider = folder.resolve("wider");
        run("save base " + wider + " --format expanded --dtype float32");
        ObjectMapper json = new ObjectMapper();
        ObjectNode config =
                (ObjectNode) json.readTree(wider.resolve("config.json").toFile());
        int words = config.get("vocab_size").asInt();
        json.writeValue(wider.resolve("config.json").toFile(), config.put("vocab_size", words + 3));
        ModelConfig more = ModelConfig.read(wider.resolve("config.json"));
        try (TransformerModel random = TransformerModel.random(Architecture.of(more), Device.cpu(), 1)) {
            CheckpointWriter.write(
                    wider.resolve("model.safetensors"),
                    random.checkpoint(),
                    DType.F32,
                    CheckpointWriter.Format.EXPANDED,
                    Progress.NONE);
        }
        run("load " + wider + " --as wider");
        assertEquals(words + 3, model("wider").architecture().vocabulary());
        assertNotNull(compare("base wider").rows().get(1).difference());
    }

    @Test
    void modelsOfDifferentTasksAreSaidToBe() {
        run("load gpt2-novels --as gpt2");
        run("load vit-digits --as vit");
        CompareResult result = (CompareResult) run("compare gpt2 vit --limit 2");
        assertEquals(2, result.measures().size());
        assertTrue(
                host.notices.stream()
                        .anyMatch(n -> n.startsWith("these models are of different tasks (language modelling, image"
                                + " classification), so that their qualities don't compare")),
                host.notices.toString());
    }
}
