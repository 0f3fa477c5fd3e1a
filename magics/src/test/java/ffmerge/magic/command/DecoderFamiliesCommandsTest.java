package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.fixture.Outputs;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.fixture.WordModel;
import ffmerge.model.FusedFamiliesTest;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.result.CkaResult;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import ffmerge.result.SaveResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The notebook's commands on a small decoder of every family. */
class DecoderFamiliesCommandsTest extends SessionTests {
    static List<String> models() throws IOException {
        List<String> models = new ArrayList<>(FusedFamiliesTest.cases());
        models.replaceAll(name -> "fused/" + name);
        Path folder = new SmallCheckpoint("decoder").folder();
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(Files::isDirectory)
                    .map(f -> "decoder/" + f.getFileName())
                    .sorted()
                    .forEach(models::add);
        }
        return models;
    }

    private Path data;

    private void load(String checkpoint) throws IOException {
        data = WordModel.text(folder);
        run("load " + WordModel.of(checkpoint, folder) + " --as base");
    }

    private Result run(String line) {
        return host.run(line, session);
    }

    private Result onText(String line) {
        return run(line + " --data " + data);
    }

    private double perplexity(String name) {
        return ((EvalResult) onText("eval " + name)).value();
    }

    private TransformerModel model(String name) {
        return session.model(name, host);
    }

    private float[] logits(String name) {
        return Outputs.logits(model(name), Outputs.tokens(model("base"), 2, 13, 1));
    }

    @ParameterizedTest
    @MethodSource("models")
    void layersAreComparedAndMergedInEveryWindow(String checkpoint) throws IOException {
        load(checkpoint);
        int layers = model("base").layers();
        CkaResult cka = (CkaResult) onText("cka base --tokens 320");
        assertEquals(layers, cka.stacks().get("decoder").length);
        SweepResult sweep = (SweepResult) onText("sweep base --length 2 --methods permute,none,drop --tokens 320");
        assertEquals(3 * (layers - 1), sweep.rows().size());
        assertTrue(sweep.rows().stream().allMatch(row -> row.value() > 1 && Double.isFinite(row.value())));
        assertEquals(sweep.baseline(), perplexity("base --split " + sweep.split()), 1e-6 * sweep.baseline());
    }

    /** What is shared already can be put in any order and averaged without a change. */
    @ParameterizedTest
    @MethodSource("models")
    void mergingWhatIsOneChangesNothing(String checkpoint) throws IOException {
        load(checkpoint);
        run("merge base --window 0-1 --align none --as small");
        ShrinkResult again = (ShrinkResult) run("merge small --window 0-1 --features weights --as again");
        assertEquals(again.parametersBefore(), again.parametersAfter());
        assertArrayEquals(logits("small"), logits("again"), 1e-4f);
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatIsMadeSmallerIsSavedAndReadAgain(String checkpoint) throws IOException {
        load(checkpoint);
        onText("merge base --window 1-2 --tokens 320 --as merged");
        run("drop merged --window 0-0 --as shallow");
        run("prune merged --unit hidden --sparsity 0.3 --as narrow");
        run("quantize merged --to int8-weight --as bits");
        assertTrue(Double.isFinite(perplexity("bits")));
        for (String name : List.of("merged", "shallow", "narrow", "bits")) {
            assertReadAgain(name, "tied", "expanded");
        }
    }

    private void assertReadAgain(String name, String... formats) {
        for (String format : formats) {
            Path to = folder.resolve(name + "-" + format);
            SaveResult saved = (SaveResult) run("save " + name + " " + to + " --format " + format + " --dtype float32");
            run("load " + saved.folder() + " --as again");
            assertArrayEquals(logits(name), logits("again"), 1e-4f, name + " " + format);
            if (format.equals("tied")) {
                assertEquals(
                        model(name).parameters().uniqueCount(),
                        model("again").parameters().uniqueCount());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void headsAreLeftOutAndAFewStepsTuned(String checkpoint) throws IOException {
        load(checkpoint);
        run("merge base --window 0-1 --align none --as small");
        TuneResult tuned = (TuneResult) onText("tune small --steps 12 --batch 4 --rate 3e-3 --validate 6 --as tuned");
        assertTrue(tuned.after() < tuned.before(), tuned.before() + " → " + tuned.after());
        assertReadAgain("tuned", "tied", "expanded");
        if (checkpoint.equals("decoder/stablelm-parallel")) {
            assertEquals(
                    "heads of this StableLM have tensors of their own: they can't be left out or grouped",
                    host.refusal("prune base --unit head --sparsity 0.5 --as x", session));
            return;
        }
        if (checkpoint.equals("fused/falcon-rw")) {
            assertEquals(
                    "heads of Falcon can't be left out or put in another order, as each adds a bias of its own to its scores",
                    host.refusal("prune base --unit head --sparsity 0.5 --as x", session));
            return;
        }
        if (model("base").architecture().heads("decoder").groups() > 1) {
            run("prune base --unit head --sparsity 0.5 --as headed");
            assertReadAgain("headed", "tied");
        }
    }

    /** Beside a tie of fused maps stand factors and remainders of their parts. */
    @ParameterizedTest
    @ValueSource(strings = {"fused/phi3", "fused/falcon-40b", "fused/gpt-neox", "fused/opt-350m"})
    void whatPlacesGetBackIsSavedBesideTheTie(String checkpoint) throws IOException {
        load(checkpoint);
        onText("merge base --window 0-1 --average regression --rescale --residual 2 --tokens 320 --as kept");
        onText("merge base --window 1-2 --site attention --tokens 320 --as attending");
        onText("merge attending --window 0-1 --average weighted --tokens 320 --as both");
        for (String name : List.of("kept", "attending", "both")) {
            assertReadAgain(name, "tied", "expanded");
        }
    }

    @Test
    void dynamicPositionsTakeWindowsUpToTheFactor() throws IOException {
        load("fused/phi-dynamic");
        assertEquals(12, ((LanguageModel) model("base")).context());
        assertEquals(
                36, ((EvalResult) onText("eval base --context 36")).scoring().context());
        assertEquals(
                "--context 37 is beyond the model's 36 positions",
                host.refusal("eval base --context 37 --data " + data, session));
    }

    /** Families whose files fuse tensors are none that these formats are written of. */
    @ParameterizedTest
    @ValueSource(strings = {"fused/phi3", "fused/falcon-40b"})
    void otherFormatsAreRefusedByName(String checkpoint) throws IOException {
        load(checkpoint);
        for (String format : List.of("gguf", "onnx")) {
            String refusal = host.refusal("save base " + folder.resolve(format) + " --format " + format, session);
            assertTrue(refusal.contains(format.toUpperCase(java.util.Locale.ROOT)), refusal);
            assertTrue(Files.notExists(folder.resolve(format)));
        }
    }
}
