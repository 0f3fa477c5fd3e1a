package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.DemoImages;
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
import ffmerge.result.CompareResult;
import ffmerge.result.Lineage;
import ffmerge.result.MistakesResult;
import ffmerge.result.SweepResult;
import ffmerge.similarity.LinearCka;
import ffmerge.similarity.SimilarityMatrix;
import ffmerge.tune.TuneSettings;
import ffmerge.workload.ImageWorkload;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stages that know no text, on the demo's ViT. */
class VitMergeTest {
    private static final JsonNode EXPECTED = Expected.of("vit-digits");
    private static final int FEED_FORWARD = 2 * 96 * 384 + 96 + 384;
    private static TransformerModel model;
    private static ImageWorkload workload;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        model = DemoImages.model();
        workload = DemoImages.workload(model);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void ckaIsThatOfTheReference() {
        for (Site site : List.of(Site.FEED_FORWARD, Site.ATTENTION)) {
            SimilarityMatrix cka = LinearCka.of(
                    model,
                    model.architecture().stack("encoder"),
                    site,
                    workload.activationBatches(10000),
                    10000,
                    Progress.NONE);
            JsonNode expected =
                    EXPECTED.at("/cka/" + site.label().replace('-', '_')).get("encoder");
            for (int i = 0; i < 12; i++) {
                for (int j = 0; j < 12; j++) {
                    assertEquals(expected.get(i).get(j).asDouble(), cka.values()[i][j], 2e-6, site + " " + i + " " + j);
                }
            }
        }
    }

    @Test
    void everyWindowScoresAsTheReferenceDoes() {
        WindowSweep.Settings settings = Shrinks.sweep(
                6,
                List.of("encoder"),
                List.of("permute", "none"),
                MergePlan.Anchor.FIRST,
                Split.TEST,
                Integer.MAX_VALUE,
                10000,
                0);
        SweepResult sweep = WindowSweep.run("base", model, settings, workload, new StateFolder(folder), Progress.NONE);
        assertEquals(EXPECTED.at("/baseline/accuracy").asDouble(), sweep.baseline());
        assertEquals(14, sweep.rows().size());
        for (int i = 0; i < 14; i++) {
            JsonNode merge = EXPECTED.at("/merges/" + i);
            SweepResult.Row row = sweep.rows().get(i);
            assertEquals(merge.at("/layers/0").asInt(), row.start());
            assertEquals(merge.get("permuted").asBoolean() ? "permute" : "none", row.method());
            assertEquals(merge.get("accuracy").asDouble(), row.value(), row.method() + " " + row.layers());
            merge.get("matched_correlation").properties().forEach(e -> {
                double matched = e.getValue().asDouble();
                double ours = row.matchedCorrelation().get("encoder").get(e.getKey());
                assertEquals(matched, ours, 1e-6 * matched);
            });
            assertEquals(5 * FEED_FORWARD, row.parametersRemoved());
        }
    }

    @Test
    void layersAreDropped() {
        try (TransformerModel dropped = Shrinks.drop(model, List.of(new LayerDrop("encoder", List.of(3, 4))))) {
            assertEquals(10, dropped.layers());
            long left = dropped.parameters().uniqueCount();
            long layer = FEED_FORWARD + 4 * (96 * 96 + 96) + 4 * 96;
            assertEquals(EXPECTED.get("parameters").asLong() - 2 * layer, left);
            CompareResult compared = Comparison.of(
                    Map.of("dropped", dropped),
                    m -> workload,
                    Split.VALIDATION,
                    100,
                    Optional.empty(),
                    false,
                    "dropped",
                    0,
                    Lineage::new,
                    ffmerge.torch.Precision.FLOAT32,
                    Progress.NONE);
            assertEquals(100, workload.metric(Split.VALIDATION, 100).work().scored());
            assertTrue(compared.rows().get(0).value() > 0.5);
        }
    }

    @Test
    void mistakesAreFoundBeforeAndAfter() {
        try (TransformerModel dropped = Shrinks.drop(model, List.of(new LayerDrop("encoder", List.of(0))))) {
            Map<String, TransformerModel> models = new LinkedHashMap<>();
            models.put("base", model);
            models.put("dropped", dropped);
            MistakesResult mistakes = Mistakes.find(models, m -> workload, Split.TEST, 200, 3, Progress.NONE);
            double accuracy = Evaluator.evaluate(model, workload.metric(Split.TEST, 200), Progress.NONE)
                    .value();
            assertEquals(200 * (1 - accuracy), mistakes.wrong().get("base"), 1e-6);
            assertEquals(3, mistakes.rows().size());
            MistakesResult.Row row = mistakes.rows().get(0);
            assertTrue(row.name().matches("row \\d+ of digits-test.parquet"), row.name());
            assertNotEquals(row.predicted().get("base"), row.predicted().get("dropped"));
            assertTrue(Base64.getDecoder().decode(row.png()).length > 70);
        }
    }

    @Test
    void tuningARuinedMergeHelpsAndKeepsItsTies() {
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("encoder", List.of(0, 1, 2), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.NONE,
                0);
        try (TransformerModel merged = Shrinks.merge(model, plan, List.of()).model()) {
            TuneSettings settings = new TuneSettings(12, 16, 1, 1e-3, 2, 0.01, 1, 0, 6, 6, 0);
            Tuning.Tuned tuned = Tunings.tune("merged", merged, settings, workload, 200, folder);
            try (TransformerModel model = tuned.model()) {
                assertTrue(
                        tuned.outcome().after() > tuned.outcome().before(),
                        tuned.outcome().toString());
                assertEquals(
                        merged.parameters().uniqueCount(), model.parameters().uniqueCount());
            }
        }
    }
}
