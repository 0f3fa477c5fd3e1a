package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.checkpoint.SafetensorsFile;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.SaveResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneResult;
import ffmerge.view.Views;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Averages, factors and remainders as a notebook merges by them: counted, saved, loaded, folded, tuned, stacked, refused. */
class AveragesCommandsTest extends WordModelTests {
    private static final int WIDTH = 12;
    private static final int UNITS = 11;
    private static final int FEED_FORWARD = 3 * WIDTH * UNITS;

    private ShrinkResult merge(String options) {
        return (ShrinkResult) onText("merge base --tokens 320 " + options);
    }

    @ParameterizedTest
    @ValueSource(strings = {"regression", "weighted", "anchor", "fresh"})
    void eachAverageIsToldAndTakesAsManyParametersAsTheMean(String average) {
        ShrinkResult mean = merge("--window 0-2 --as mean");
        ShrinkResult merged = merge("--window 0-2 --as m --average " + average);
        assertEquals(mean.parametersAfter(), merged.parametersAfter());
        assertEquals(merged.bytesAfter(), model("m").parameters().bytes());
        assertFalse(java.util.Arrays.equals(logits("mean"), logits("m")));
        JsonNode json = new ObjectMapper().valueToTree(merged);
        assertEquals(average, json.get("average").asText());
        assertFalse(json.get("rescale").asBoolean());
        assertEquals(0, json.get("residual").asInt());
        assertEquals("feed-forward", json.get("site").asText());
        assertEquals("up", json.get("features").asText());
        assertTrue(session.lineage("m").toString().contains("average " + average));
        DryRun predicted = (DryRun) onText("merge base --tokens 320 --window 0-2 --dry-run --average " + average);
        assertEquals(merged.parametersAfter(), predicted.parametersAfter());
        assertEquals(merged.bytesAfter(), predicted.bytesAfter());
    }

    @Test
    void controlsLookAtNoData() {
        run("merge base --window 0-2 --average anchor --as copied");
        float[] anchor = model("base").checkpoint().read("model.layers.1.mlp.up_proj.weight");
        run("merge base --window 0-2 --average anchor --anchor middle --as middle");
        assertArrayEquals(anchor, model("middle").checkpoint().read("model.layers.0.mlp.up_proj.weight"));
        run("merge base --window 0-2 --average fresh --seed 3 --as one");
        run("merge base --window 0-2 --average fresh --seed 3 --as same");
        run("merge base --window 0-2 --average fresh --seed 4 --as other");
        assertArrayEquals(logits("one"), logits("same"));
        assertFalse(java.util.Arrays.equals(logits("one"), logits("other")));
    }

    @Test
    void weightsMatchUnitsWithoutData() {
        ShrinkResult merged = (ShrinkResult) run("merge base --window 0-2 --features weights --as w");
        assertEquals(2, merged.matchedCorrelation().get("decoder").size());
        assertTrue(session.lineage("w").toString().contains("features weights"));
        assertTrue(Views.BUILT_IN.sentence(merged).contains("Matched weight products: layer 1"));
        assertEquals(
                "sum of weight products",
                new ObjectMapper().valueToTree(merged).get("matchedMeasure").asText());
        String sentence = Views.BUILT_IN.sentence(run("align base --layers 0,1 --features weights"));
        assertTrue(sentence.contains("with products of weights of "), sentence);
        assertTrue(Views.BUILT_IN.sentence(merge("--window 0-2 --as a")).contains("Matched correlation over"));
        assertEquals(0, ((DryRun) run("merge base --window 0-2 --features weights --dry-run")).diskBytes());
        merge("--window 0-2 --features sum --as s");
        assertFalse(java.util.Arrays.equals(logits("w"), logits("s")));
    }

    @Test
    void factorsAreCountedSavedLoadedAndFolded() {
        ShrinkResult mean = merge("--window 0-2 --as mean");
        ShrinkResult merged = merge("--window 0-2 --rescale --as m");
        assertEquals(mean.parametersAfter() + 3 * WIDTH, merged.parametersAfter());
        assertEquals(merged.parametersAfter(), model("m").parameters().uniqueCount());
        assertEquals(merged.bytesAfter(), model("m").parameters().bytes());
        DryRun predicted = (DryRun) onText("merge base --tokens 320 --window 0-2 --rescale --dry-run");
        assertEquals(merged.parametersAfter(), predicted.parametersAfter());
        assertEquals(merged.bytesAfter(), predicted.bytesAfter());
        assertFalse(java.util.Arrays.equals(logits("mean"), logits("m")));
        Path tied = folder.resolve("tied");
        run("save m " + tied);
        assertEquals(4 * merged.parametersAfter(), tensorBytes(tied));
        run("load " + tied + " --as again");
        assertArrayEquals(logits("m"), logits("again"));
        run("save m " + folder.resolve("expanded") + " --format expanded");
        run("load " + folder.resolve("expanded") + " --as plain");
        assertArrayEquals(logits("m"), logits("plain"), 1e-5f);
        assertEquals(
                model("base").parameters().uniqueCount(),
                model("plain").parameters().uniqueCount(),
                "each place has weights of its own, and no factors");
        assertEquals(
                "'m' has other factors in each place of a tied weight, which one weight can't hold: add --untie to give each"
                        + " place its own",
                refusal("fold m --as f"));
        run("fold m --untie --as f");
        assertArrayEquals(logits("m"), logits("f"), 1e-5f);
        assertFalse(model("f").parameters().hasFactors());
    }

    private long tensorBytes(Path saved) {
        try (SafetensorsFile file = SafetensorsFile.open(saved.resolve("model.safetensors"))) {
            return file.tensors().values().stream().mapToLong(TensorSpec::bytes).sum();
        }
    }

    @Test
    void factorsAreTunedQuantizedAndKeptWhereLayersGo() {
        ShrinkResult merged = merge("--window 1-2 --rescale --as m");
        TuneResult tuned = (TuneResult) onText("tune m --steps 20 --batch 4 --rate 5e-3 --validate 10 --as t");
        assertTrue(tuned.after() < tuned.before());
        assertEquals(merged.parametersAfter(), model("t").parameters().uniqueCount());
        ShrinkResult quantized = (ShrinkResult) run("quantize m --as q");
        assertEquals(merged.parametersAfter(), quantized.parametersAfter());
        DryRun predicted = (DryRun) run("drop m --window 0-0 --dry-run");
        ShrinkResult dropped = (ShrinkResult) run("drop m --window 0-0 --as d");
        assertEquals(predicted.parametersAfter(), dropped.parametersAfter());
        assertArrayEquals(
                model("m").checkpoint().read("model.layers.2.mlp.down_proj.factor"),
                model("d").checkpoint().read("model.layers.1.mlp.down_proj.factor"));
        assertEquals(
                "the FF sublayer of decoder layer 1 has factors beside its weights, so it can't be merged again: merge all"
                        + " its layers at once, or make them part of the weights with %ffmerge fold NAME --untie --as NEW",
                refusal("merge m --window 0-2 --align none --as x"));
    }

    @Test
    void remaindersAreAdaptersOfTheirPlaces() {
        ShrinkResult mean = merge("--window 0-1 --as mean");
        ShrinkResult merged = merge("--window 0-1 --residual 2 --as m");
        long added = 2L * 3 * 2 * (WIDTH + UNITS);
        assertEquals(mean.parametersAfter() + added, merged.parametersAfter());
        assertEquals(merged.parametersAfter(), model("m").parameters().uniqueCount());
        assertEquals(merged.bytesAfter(), model("m").parameters().bytes());
        DryRun predicted = (DryRun) onText("merge base --tokens 320 --window 0-1 --residual 2 --dry-run");
        assertEquals(merged.parametersAfter(), predicted.parametersAfter());
        assertEquals(merged.bytesAfter(), predicted.bytesAfter());

        SaveResult saved = (SaveResult) run("save m " + folder.resolve("tied"));
        assertEquals(
                folder.resolve("tied/model.safetensors").toFile().length()
                        + folder.resolve("tied/adapter_model.safetensors")
                                .toFile()
                                .length(),
                saved.bytes());
        run("load " + saved.folder() + " --as again");
        assertArrayEquals(logits("m"), logits("again"));
        run("save m " + folder.resolve("expanded") + " --format expanded");
        run("load " + folder.resolve("expanded") + " --as plain");
        assertArrayEquals(logits("m"), logits("plain"), 1e-4f);
        run("save m " + folder.resolve("adapters") + " --format adapters");
        run("load " + saved(mean) + " --adapters " + folder.resolve("adapters") + " --as joined");
        assertArrayEquals(logits("m"), logits("joined"), 1e-6f);

        assertTrue(refusal("fold m --as f").contains("add --untie"));
        run("fold m --untie --as f");
        assertArrayEquals(logits("m"), logits("f"), 1e-4f);
        TuneResult tuned = (TuneResult) onText("tune m --steps 20 --batch 4 --rate 5e-3 --validate 10 --as t");
        assertTrue(tuned.after() < tuned.before());
        assertEquals(added, tuned.adapterParameters());
        assertEquals(merged.parametersAfter(), ((ShrinkResult) run("quantize m --as q")).parametersAfter());
        assertTrue(refusal("drop m --window 0-0 --as x").contains("carries adapters, so it can't be cut"));
    }

    private String saved(ShrinkResult merged) {
        return ((SaveResult) run("save " + merged.result() + " " + folder.resolve("base"))).folder();
    }

    @Test
    void aRemainderOfFullRankGivesBackAllThatTheDataSees() {
        merge("--window 0-1 --residual 11 --as m");
        assertArrayEquals(logits("base"), logits("m"), 1e-3f);
    }

    @Test
    void allWaysStackInOneMerge() {
        ShrinkResult merged =
                merge("--window 0-2 --average regression --features weights --residual 1 --rescale --as m");
        assertEquals(merged.parametersAfter(), model("m").parameters().uniqueCount());
        assertTrue(
                session.lineage("m")
                        .toString()
                        .contains("permute anchor first features weights average regression rescale true residual 1"),
                session.lineage("m").toString());
        run("save m " + folder.resolve("m"));
        run("load " + folder.resolve("m") + " --as again");
        assertArrayEquals(logits("m"), logits("again"));
        assertNotEquals(0, ((EvalResult) onText("eval again")).value());
    }

    @Test
    void aSweepTakesThem() {
        for (String options : List.of("--average regression", "--average weighted --rescale", "--residual 2")) {
            SweepResult sweep =
                    (SweepResult) onText("sweep base --length 2 --methods permute,none --tokens 320 " + options);
            assertEquals(4, sweep.rows().size());
            for (SweepResult.Row row : sweep.rows()) {
                String layers = row.layers().get("decoder").get(0) + "-"
                        + row.layers().get("decoder").get(1);
                merge("--window " + layers + " --align " + row.method() + " " + options + " --as one");
                double alone = ((EvalResult) onText("eval one --split validation")).value();
                assertEquals(alone, row.value(), 1e-5 * alone, options);
                run("unload one");
            }
            assertTrue(((DryRun) onText("sweep base --length 2 --tokens 320 --dry-run " + options)).seconds() > 0);
        }
    }

    @Test
    void fewerRowsThanUnitsAreSaid() {
        onText("merge base --window 0-1 --tokens 10 --average regression --as m");
        assertTrue(
                host.notices.stream()
                        .anyMatch(n -> n.startsWith("the regression has 10 rows for 11 units: what they leave open")),
                host.notices.toString());
        onText("merge base --window 0-1 --tokens 10 --average regression --ridge 0 --as singular");
        assertTrue(Double.isFinite(((EvalResult) onText("eval singular")).value()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "merge base --window 0-1 --residual 12 --as x | --residual 12 is more than the 11 dimensions that the maps of"
                        + " these FF sublayers have",
                "merge base --window 0-1 --average regresion --as x | --average is mean, regression, anchor, fresh, weighted;"
                        + " 'regresion' isn't; did you mean 'regression'? There is no Java variable 'regresion' either",
                "merge q --window 0-1 --average regression --as x | 'q' is held in nf4, of which no averages are made: merge"
                        + " first, then %ffmerge quantize what comes out",
            })
    void whatCantBeMeantIsRefused(String line, String message) {
        run("quantize base --as q");
        assertEquals(message, refusal(line));
    }
}
