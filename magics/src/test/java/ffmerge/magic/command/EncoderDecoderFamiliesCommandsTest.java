package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Stack;
import ffmerge.data.TranslationBatch;
import ffmerge.fixture.PairModel;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
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
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The notebook's commands on a small encoder–decoder of every family. */
class EncoderDecoderFamiliesCommandsTest extends SessionTests {
    static List<String> models() throws IOException {
        Path resources = new SmallCheckpoint("seq2seq").folder();
        try (Stream<Path> files = Files.list(resources)) {
            return files.filter(f -> Files.exists(f.resolve("model.safetensors")))
                    .map(f -> "seq2seq/" + f.getFileName())
                    .sorted()
                    .toList();
        }
    }

    private Path data;
    private TranslationBatch batch;

    private void load(String checkpoint) throws IOException {
        data = PairModel.pairs(folder);
        batch = (TranslationBatch) new SmallCheckpoint(checkpoint).batch();
        run("load " + PairModel.of(checkpoint, folder) + " --as base");
    }

    private Result run(String line) {
        return host.run(line, session);
    }

    private Result onPairs(String line) {
        return run(line + " --data " + data);
    }

    private TransformerModel model(String name) {
        return session.model(name, host);
    }

    private float[] logits(String name) {
        TransformerModel model = model(name);
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            return ((TranslationModel) model).logits(last, pass).toFloatArray();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void layersOfEachStackAreComparedAndMergedInEveryWindow(String checkpoint) throws IOException {
        load(checkpoint);
        CkaResult cka = (CkaResult) onPairs("cka base --tokens 100");
        for (Stack stack : model("base").architecture().stacks()) {
            assertEquals(stack.layers(), cka.stacks().get(stack.name()).length);
            if (stack.layers() == 2) {
                continue; // there is one window, which is all of it
            }
            SweepResult sweep = (SweepResult) onPairs("sweep base --stack " + stack.name()
                    + " --length 2 --methods permute,none,drop --tokens 100 --limit 8 --beams 2 --max-length 8");
            assertEquals(3 * (stack.layers() - 1), sweep.rows().size());
        }
        EvalResult eval = (EvalResult) onPairs("eval base --limit 8 --beams 4 --show 2");
        assertEquals(2, eval.samples().size());
    }

    /** What is shared already can be put in any order and averaged without a change. */
    @ParameterizedTest
    @MethodSource("models")
    void mergingWhatIsOneChangesNothing(String checkpoint) throws IOException {
        load(checkpoint);
        String name = "base";
        for (String stack : List.of("encoder", "decoder")) {
            run("merge " + name + " --stack " + stack + " --window 0-1 --align none --as " + stack);
            ShrinkResult again = (ShrinkResult)
                    run("merge " + stack + " --stack " + stack + " --window 0-1 --features weights --as again");
            assertEquals(again.parametersBefore(), again.parametersAfter());
            assertArrayEquals(logits(stack), logits("again"), 1e-4f);
            name = stack;
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatIsMadeSmallerIsSavedAndReadAgain(String checkpoint) throws IOException {
        load(checkpoint);
        onPairs("merge base --stack encoder --window 1-2 --tokens 100 --as merged");
        run("drop merged --stack encoder --window 0-0 --as shallow");
        run("drop base --stack decoder --window 0-0 --as shallow2");
        run("prune merged --unit hidden --sparsity 0.3 --as narrow");
        run("quantize merged --to int8-weight --as bits");
        for (String name : List.of("merged", "shallow", "shallow2", "narrow", "bits")) {
            assertReadAgain(name, "tied", "expanded");
        }
        run("drop base --site attention --stack encoder --layers 1 --as deaf");
        assertReadAgain("deaf", "tied");
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
        run("merge base --stack decoder --window 0-1 --align none --as small");
        TuneResult tuned = (TuneResult)
                onPairs(
                        "tune small --steps 12 --batch 4 --rate 3e-3 --validate 6 --limit 4 --beams 1 --max-length 8 --as tuned");
        assertTrue(Double.isFinite(tuned.after()));
        assertReadAgain("tuned", "tied", "expanded");
        if (checkpoint.contains("t5")) {
            String refusal = host.refusal("prune base --unit head --sparsity 0.5 --as x", session);
            assertTrue(refusal.contains("can't be left out or put in another order, as all layers add"), refusal);
            refusal = host.refusal(
                    "merge base --site attention --stack encoder --window 0-1 --align random --as x", session);
            assertTrue(refusal.contains("can't be left out or put in another order, as all layers add"), refusal);
            run("merge base --site attention --stack encoder --window 0-1 --align none --as shared");
        } else {
            run("prune base --unit head --sparsity 0.5 --as headed");
            assertReadAgain("headed", "tied");
            onPairs("merge base --site attention --stack encoder --window 0-1 --tokens 100 --as shared");
        }
        assertReadAgain("shared", "tied", "expanded");
    }
}
