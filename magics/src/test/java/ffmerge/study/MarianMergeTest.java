package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.DemoTranslator;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.LayerDrop;
import ffmerge.merge.MergePlan;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.result.SweepResult;
import ffmerge.similarity.LinearCka;
import ffmerge.similarity.SimilarityMatrix;
import ffmerge.workload.TranslationWorkload;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarianMergeTest {
    private static final JsonNode EXPECTED = Expected.of("opus-mt-tatoeba-zh-en");
    private static final int FEED_FORWARD = 2 * 96 * 384 + 96 + 384;
    private static TransformerModel model;
    private static TranslationWorkload workload;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        model = DemoTranslator.model();
        workload = DemoTranslator.workload(model, 4);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void ckaIsThatOfTheReferenceStackByStack() {
        for (Site site : List.of(Site.FEED_FORWARD, Site.ATTENTION)) {
            for (String stack : List.of("encoder", "decoder")) {
                SimilarityMatrix cka = LinearCka.of(
                        model,
                        model.architecture().stack(stack),
                        site,
                        workload.activationBatches(10000),
                        10000,
                        Progress.NONE);
                assertEquals(EXPECTED.at("/calibration/rows/" + stack).asInt(), cka.tokens());
                JsonNode expected =
                        EXPECTED.at("/cka/" + site.label().replace('-', '_')).get(stack);
                for (int i = 0; i < 6; i++) {
                    for (int j = 0; j < 6; j++) {
                        assertEquals(
                                expected.get(i).get(j).asDouble(),
                                cka.values()[i][j],
                                2e-6,
                                site + " " + stack + " " + i + " " + j);
                    }
                }
            }
        }
    }

    private SweepResult sweep(int length, int limit, int beams, List<String> stacks, String... methods) {
        WindowSweep.Settings settings =
                Shrinks.sweep(length, stacks, List.of(methods), MergePlan.Anchor.FIRST, Split.TEST, limit, 10000, 0);
        return WindowSweep.run(
                "base", model, settings, DemoTranslator.workload(model, beams), new StateFolder(folder), Progress.NONE);
    }

    @Test
    void everyWindowOfAStackScoresAsTheReferenceDoes() {
        int merge = 0;
        for (String stack : List.of("encoder", "decoder")) {
            SweepResult sweep = sweep(3, 200, 4, List.of(stack), "permute", "none");
            assertEquals(EXPECTED.at("/baseline/bleu").asDouble(), sweep.baseline(), 1e-9);
            assertEquals(8, sweep.rows().size());
            for (SweepResult.Row row : sweep.rows()) {
                JsonNode expected = EXPECTED.at("/merges/" + merge++);
                assertEquals(stack, expected.get("stack").asText());
                assertEquals(expected.at("/layers/0").asInt(), row.start());
                assertEquals(expected.get("permuted").asBoolean() ? "permute" : "none", row.method());
                expected.get("matched_correlation").properties().forEach(e -> {
                    double matched = e.getValue().asDouble();
                    assertEquals(matched, row.matchedCorrelation().get(stack).get(e.getKey()), 1e-6 * matched);
                });
                double bleu = expected.get("bleu").asDouble();
                assertEquals(bleu, row.value(), 1e-9, row.method() + " " + row.layers());
                assertEquals(2L * FEED_FORWARD, row.parametersRemoved());
            }
        }
    }

    @Test
    void windowsInSyncScoreAsTheyDoOneByOne() {
        List<String> both = List.of("encoder", "decoder");
        SweepResult sweep = sweep(5, 24, 1, both, "permute", "drop");
        assertEquals(4, sweep.rows().size());
        for (SweepResult.Row row : sweep.rows().subList(2, 4)) {
            List<Integer> layers = row.layers().get("encoder");
            assertEquals(Map.of("encoder", layers, "decoder", layers), row.layers());
            TransformerModel changed;
            if (row.method().equals("drop")) {
                changed = Shrinks.drop(
                        model, both.stream().map(s -> new LayerDrop(s, layers)).toList());
                assertEquals(1, changed.architecture().stack("encoder").layers());
            } else {
                MergePlan plan = new MergePlan(
                        both.stream()
                                .map(s -> MergePlan.Group.of(s, layers, MergePlan.Anchor.FIRST))
                                .toList(),
                        MergePlan.Alignment.PERMUTE,
                        0);
                changed = Shrinks.merge(model, plan, workload, 10000, Progress.NONE)
                        .model();
                assertEquals(8L * FEED_FORWARD, row.parametersRemoved());
            }
            try (changed) {
                double whole = Evaluator.evaluate(
                                changed, DemoTranslator.workload(model, 1).metric(Split.TEST, 24), Progress.NONE)
                        .value();
                assertEquals(whole, row.value(), 1e-9);
            }
        }
        assertTrue(sweep.baseline() > sweep.best().value());
    }
}
