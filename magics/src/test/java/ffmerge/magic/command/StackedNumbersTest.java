package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.merge.Average;
import ffmerge.merge.Averaging;
import ffmerge.merge.MergePlan;
import ffmerge.shrink.Fold;
import ffmerge.shrink.MergeSublayers;
import ffmerge.shrink.Outline;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ways make one upon another, compared with the same done by hand to the weights that the first left. */
class StackedNumbersTest extends WordModelTests {
    private float[] weight(String model, String name) {
        return model(model).checkpoint().read(name);
    }

    private List<ModelTensor> tensors(String model) {
        return model(model).architecture().tensors();
    }

    private static boolean isMap(ModelTensor tensor) {
        return tensor.layer() >= 0 && tensor.shape().size() == 2;
    }

    /** Compares all weights of a model with what a function makes of another's. */
    private void assertMade(String made, String from, BiFunction<ModelTensor, float[], float[]> by) {
        for (ModelTensor tensor : tensors(made)) {
            assertArrayEquals(
                    by.apply(tensor, weight(from, tensor.name())), weight(made, tensor.name()), tensor.name());
        }
        assertEquals(model(from).parameters().ties(), model(made).parameters().ties());
    }

    /** Maps [out, in] in 8 bits: whole steps of each row's largest over 127. */
    private static float[] rounded(ModelTensor tensor, float[] values) {
        if (!isMap(tensor)) {
            return values;
        }
        float[] rounded = new float[values.length];
        int inputs = Math.toIntExact(tensor.inputs());
        for (int from = 0; from < values.length; from += inputs) {
            float largest = 0;
            for (int i = from; i < from + inputs; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            float scale = largest / 127;
            for (int i = from; i < from + inputs; i++) {
                rounded[i] = (float) Math.rint(values[i] / scale) * scale + 0f; // an integer has no sign of zero
            }
        }
        return rounded;
    }

    /** The lower half of the magnitudes of FF maps becomes zero; no two are equal here. */
    private static float[] halved(ModelTensor tensor, float[] values) {
        if (!tensor.isFeedForward() || !isMap(tensor)) {
            return values;
        }
        float[] sorted = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            sorted[i] = Math.abs(values[i]);
        }
        Arrays.sort(sorted);
        float[] halved = values.clone();
        for (int i = 0; i < values.length; i++) {
            halved[i] = Math.abs(values[i]) < sorted[values.length / 2] ? 0 : values[i];
        }
        return halved;
    }

    /** The mean of the FF maps of layers 0 and 1 in both, as the vanilla merge has it. */
    private float[] averaged(String from, ModelTensor tensor, float[] values) {
        if (!tensor.isFeedForward() || tensor.layer() > 1) {
            return values;
        }
        float[] one = weight(from, tensor.name().replace(".1.", ".0."));
        float[] other = weight(from, tensor.name().replace(".0.", ".1."));
        float[] mean = new float[one.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (((double) one[i] + other[i]) / 2);
        }
        return mean;
    }

    @Test
    void mergedThenQuantized() {
        run("merge base --window 0-1 --align none --as m");
        run("quantize m --to int8-weight --as q");
        assertMade("q", "m", StackedNumbersTest::rounded);
    }

    @Test
    void mergedThenPruned() {
        run("merge base --window 0-1 --align none --as m");
        run("prune m --sparsity 0.5 --as p");
        assertMade("p", "m", StackedNumbersTest::halved);
    }

    @Test
    void prunedThenMerged() {
        run("prune base --sparsity 0.5 --as p");
        assertMade("p", "base", StackedNumbersTest::halved);
        run("merge p --window 0-1 --align none --as m");
        for (ModelTensor tensor : tensors("m")) {
            assertArrayEquals(
                    averaged("p", tensor, weight("p", tensor.name())),
                    weight("m", tensor.name()),
                    1e-7f,
                    tensor.name());
        }
        run("merge p --window 0-1 --tokens 320 --as aligned --data " + data);
        assertEquals(2, model("aligned").layers() - 1);
    }

    @Test
    void droppedThenMerged() {
        run("drop base --window 1-1 --as d");
        for (ModelTensor tensor : tensors("d")) {
            assertArrayEquals(
                    weight("base", tensor.name().replace("layers.1.", "layers.2.")), weight("d", tensor.name()));
        }
        run("merge d --window 0-1 --align none --as m");
        for (ModelTensor tensor : tensors("m")) {
            assertArrayEquals(
                    averaged("d", tensor, weight("d", tensor.name())),
                    weight("m", tensor.name()),
                    1e-7f,
                    tensor.name());
        }
    }

    @Test
    void mergedThenTunedThenQuantized() {
        run("merge base --window 0-1 --align none --as m");
        run("tune m --steps 3 --batch 2 --rate 1e-3 --as t --data " + data);
        assertEquals(model("m").parameters().ties(), model("t").parameters().ties());
        run("quantize t --to int8-weight --as q");
        assertMade("q", "t", StackedNumbersTest::rounded);
    }

    @Test
    void prunedThenQuantizedKeepsItsZeros() {
        run("prune base --sparsity 0.5 --as p");
        run("quantize p --to int8-weight --as q");
        assertMade("q", "p", StackedNumbersTest::rounded);
    }

    /** The weights are rounded, the remainders stay as they are. */
    @Test
    void remaindersThenQuantized() {
        run("merge base --window 0-1 --residual 2 --tokens 320 --as r --data " + data);
        run("quantize r --to int8-weight --as q");
        assertMade("q", "r", StackedNumbersTest::rounded);
        Checkpoint before = model("r").adapterCheckpoint();
        Checkpoint after = model("q").adapterCheckpoint();
        assertEquals(before.tensors().keySet(), after.tensors().keySet());
        assertTrue(before.tensors().size() > 0);
        before.tensors().keySet().forEach(name -> assertArrayEquals(before.read(name), after.read(name)));
    }

    /** What carries remainders can't lose weights under them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prune r --sparsity 0.5 --as x | pruned",
                "prune r --unit hidden --sparsity 0.5 --as x | pruned",
                "merge r --window 0-2 --align none --as x | merged",
            })
    void underRemaindersNothingIsChanged(String line, String done) {
        run("merge base --window 0-1 --residual 2 --tokens 320 --as r --data " + data);
        assertEquals(
                "'r' carries adapters, so it can't be " + done
                        + ": they differ in the places of a tied weight, so do that"
                        + " before --residual or tune, or give each place its own weights with %ffmerge fold r --untie"
                        + " --as NEW",
                refusal(line));
        run("fold r --untie --as f");
        run(line.replace(" r ", " f "));
        run("prune base --sparsity 0.5 --as p");
        run("merge p --window 0-1 --residual 2 --tokens 320 --as pr --data " + data);
    }

    /** What touches other sublayers gives what it gives where the remainders are part of the weights. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "drop r --window 2-2 --as x",
                "drop r --layers 2 --site feed-forward --as x",
                "drop r --layers 0,1 --site attention --as x",
                "merge r --site attention --window 0-2 --align none --as x",
                "merge r --site attention --window 0-1 --tokens 320 --as x",
                "prune r --unit head --sparsity 0.4 --as x",
                "prune r --site attention --sparsity 0.5 --as x",
                "quantize r --to int8 --as q > drop q --window 2-2 --as x",
            })
    void besideRemaindersOtherSublayersAreChanged(String lines) {
        run("merge base --window 0-1 --residual 2 --tokens 320 --as r --data " + data);
        long added = model("r").parameters().adapterSettings().isPresent()
                ? model("r").adapterCheckpoint().tensors().values().stream()
                        .mapToLong(spec -> spec.elements())
                        .sum()
                : 0;
        for (String line : lines.split(" > ")) {
            run(line + (line.contains("tokens") ? " --data " + data : ""));
        }
        Checkpoint before = model("r").adapterCheckpoint();
        Checkpoint after = model("x").adapterCheckpoint();
        assertEquals(before.tensors().keySet(), after.tensors().keySet());
        before.tensors().keySet().forEach(name -> assertArrayEquals(before.read(name), after.read(name)));
        assertEquals(added, Outline.of(model("x")).adapters().parameters());
        run("save x " + folder.resolve("saved") + " --dtype float32");
        run("load " + folder.resolve("saved") + " --as again");
        assertArrayEquals(logits("x"), logits("again"));

        if (!lines.contains("quantize")) {
            run("fold r --untie --as f");
            for (String line : lines.split(" > ")) {
                run(line.replace(" r ", " f ").replace("--as x", "--as y")
                        + (line.contains("tokens") ? " --data " + data : ""));
            }
            assertArrayEquals(logits("y"), logits("x"), 1e-4f);
        }
    }

    /** A layer that is dropped before those with remainders: they move up with them. */
    @Test
    void remaindersMoveUpWithTheirLayers() {
        run("merge base --window 1-2 --residual 2 --tokens 320 --as r --data " + data);
        run("drop r --window 0-0 --as x");
        run("fold r --untie --as f");
        run("drop f --window 0-0 --as y");
        assertArrayEquals(logits("y"), logits("x"), 1e-4f);
        Checkpoint before = model("r").adapterCheckpoint();
        Checkpoint after = model("x").adapterCheckpoint();
        assertEquals(before.tensors().size(), after.tensors().size());
        before.tensors()
                .keySet()
                .forEach(name -> assertArrayEquals(
                        before.read(name),
                        after.read(name.replace("layers.1.", "layers.0.").replace("layers.2.", "layers.1."))));
        assertEquals(
                "'x' carries adapters, so it can't be cut: they differ in the places of a tied weight, so do that before"
                        + " --residual or tune, or give each place its own weights with %ffmerge fold x --untie --as NEW",
                refusal("drop x --window 1-1 --as z"));
    }

    /** All adapters of a model have one rank and scale, as their file has. */
    @Test
    void adaptersOfOtherRanksStandInNoModel() {
        run("tune base --adapters per-layer --targets q_proj --rank 3 --steps 1 --batch 1 --as t --data " + data);
        assertEquals(
                "'t' carries adapters of rank 3, and all adapters of a model have one rank and scale, so --residual 2"
                        + " can't be beside them: first make them part of the weights with %ffmerge fold t --as NEW",
                refusal("merge t --window 0-1 --residual 2 --tokens 320 --as x --data " + data));
        run("merge t --window 0-1 --tokens 320 --as m --data " + data);
        run("fold t --as f");
        run("merge f --window 0-1 --tokens 320 --as y --data " + data);
        assertArrayEquals(logits("y"), logits("m"), 1e-4f);
    }

    /** What folding makes of remainders and factors is known before. */
    @ParameterizedTest
    @ValueSource(strings = {"--residual 2", "--rescale", "--residual 2 --rescale"})
    void whatFoldingLeavesIsKnownBeforeMerging(String kept) {
        String line = "merge base --window 0-1 --tokens 320 --as r --data " + data + " " + kept;
        run(line);
        run("fold r --untie --as f");
        MergeSublayers merge = new MergeSublayers(
                new MergePlan(
                        List.of(MergePlan.Group.of("decoder", List.of(0, 1), MergePlan.Anchor.FIRST)),
                        MergePlan.Alignment.PERMUTE,
                        MergePlan.Features.UP,
                        0),
                MergePlan.Anchor.FIRST,
                new Averaging(Average.MEAN, 0, kept.contains("rescale"), kept.contains("residual") ? 2 : 0));
        Outline merged = merge.after(Outline.of(model("base")));
        assertEquals(Outline.of(model("r")), merged);
        Outline folded = new Fold(true).after(merged);
        assertEquals(model("f").parameters().uniqueCount(), folded.parameters());
        assertEquals(model("f").parameters().bytes(), folded.bytes());
    }
}
