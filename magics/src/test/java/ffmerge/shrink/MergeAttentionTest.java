package ffmerge.shrink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ffmerge.Progress;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.LayerAlignment;
import ffmerge.fixture.Heads;
import ffmerge.merge.Average;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Heads matched and merged, compared with numpy, scipy and transformers ({@code attention/generate.py}). */
class MergeAttentionTest {
    static List<String> cases() {
        return Heads.CASES;
    }

    private static MergeAttention way(Heads heads, MergePlan.Alignment alignment, Average average) {
        return new MergeAttention(heads.plan(alignment), MergePlan.Anchor.FIRST, average);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void headsAreMatchedAndMergedByTheDefinition(String name) {
        Heads heads = Heads.of(name);
        try (TransformerModel model = heads.load()) {
            assertArrayEquals(heads.numbers("before"), heads.scores(model), 1e-4f);
            MergeAttention way = way(heads, MergePlan.Alignment.PERMUTE, Average.MEAN);
            Map<Aligner.LayerPair, LayerAlignment> found = Aligner.align(
                    model,
                    way.needs().pairs(),
                    List.of(heads.checkpoint().batch()),
                    Calibration.of(1000),
                    Progress.NONE);
            List<LayerAlignment> alignments =
                    way.needs().pairs().stream().map(found::get).toList();
            float[] matched = heads.numbers("matched");
            for (int i = 0; i < alignments.size(); i++) {
                int[] order = new int[heads.expected().at("/orders/" + (i + 1)).size()];
                int place = i + 1;
                Arrays.setAll(
                        order,
                        g -> heads.expected().at("/orders/" + place + "/" + g).asInt());
                assertArrayEquals(order, alignments.get(i).permutation().order());
                assertEquals(matched[place], alignments.get(i).matchedCorrelation(), 1e-4);
            }
            Shrunk merged = way.apply(model, Evidence.of(alignments));
            try (TransformerModel smaller = merged.model()) {
                assertArrayEquals(heads.numbers("after"), heads.scores(smaller), 2e-4f);
                Outline after = way.after(Outline.of(model));
                assertEquals(after.parameters(), smaller.parameters().uniqueCount());
                assertEquals(after.bytes(), smaller.parameters().bytes());
                assertEquals(
                        heads.group().layers(),
                        after.sharing(ffmerge.architecture.Branch.ATTENTION)
                                .get(0)
                                .layers());
            }
        }
    }

    @Test
    void controlsNeedNoDataAndDifferFromTheMean() {
        Heads heads = Heads.of("gpt2");
        try (TransformerModel model = heads.load()) {
            String second = "transformer.h.2.attn.c_attn.weight";
            try (TransformerModel copied = way(heads, MergePlan.Alignment.PERMUTE, Average.ANCHOR)
                    .apply(model, Evidence.NONE)
                    .model()) {
                assertArrayEquals(
                        model.checkpoint().read("transformer.h.0.attn.c_attn.weight"),
                        copied.checkpoint().read(second));
            }
            try (TransformerModel fresh = way(heads, MergePlan.Alignment.PERMUTE, Average.FRESH)
                            .apply(model, Evidence.NONE)
                            .model();
                    TransformerModel random = way(heads, MergePlan.Alignment.RANDOM, Average.MEAN)
                            .apply(model, Evidence.NONE)
                            .model();
                    TransformerModel vanilla = way(heads, MergePlan.Alignment.NONE, Average.MEAN)
                            .apply(model, Evidence.NONE)
                            .model()) {
                float[] drawn = fresh.checkpoint().read(second);
                double squares = 0;
                for (float value : drawn) {
                    squares += value * value;
                }
                double deviation = model.architecture().settings().number("deviation");
                assertEquals(deviation, Math.sqrt(squares / drawn.length), 0.25 * deviation);
                assertFalse(Arrays.equals(heads.scores(random), heads.scores(vanilla)));
            }
        }
    }
}
