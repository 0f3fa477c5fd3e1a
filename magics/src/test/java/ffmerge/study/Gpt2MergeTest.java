package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.LayerAlignment;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.Window;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.data.Split;
import ffmerge.data.TextFiles;
import ffmerge.data.TokenStream;
import ffmerge.data.Tokenizer;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Perplexity;
import ffmerge.evaluate.Scoring;
import ffmerge.merge.FeedForwardMerger;
import ffmerge.merge.MergePlan;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.Permutation;
import ffmerge.similarity.LinearCka;
import ffmerge.similarity.SimilarityMatrix;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class Gpt2MergeTest {
    private static final JsonNode EXPECTED = Expected.of("gpt2-novels");
    private static TransformerModel model;
    private static TokenStream test;
    private static TokenStream validation;

    @BeforeAll
    static void load() {
        Path folder = Expected.home().resolve("models/gpt2-novels");
        model = TransformerModel.load(folder, Device.cpu(), Progress.NONE);
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            test = read(tokenizer, Split.TEST);
            validation = read(tokenizer, Split.VALIDATION);
        }
    }

    private static TokenStream read(Tokenizer tokenizer, Split split) {
        Path file = TextFiles.find(Expected.home().resolve("data/novels-" + split.label() + ".txt"), split);
        return new TokenStream("novels", split, tokenizer.encode(TextFiles.read(file), Progress.NONE));
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
                    model.architecture().stack("decoder"),
                    site,
                    validation.blocks(256, 10000, 8),
                    10000,
                    Progress.NONE);
            JsonNode expected =
                    EXPECTED.at("/cka/" + site.label().replace('-', '_')).get("decoder");
            for (int i = 0; i < 12; i++) {
                for (int j = 0; j < 12; j++) {
                    assertEquals(expected.get(i).get(j).asDouble(), cka.values()[i][j], 2e-6, site + " " + i + " " + j);
                }
            }
        }
    }

    @Test
    void oneWindow() {
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("decoder", new Window(3, 8).layers(), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.PERMUTE,
                0);
        Map<Aligner.LayerPair, LayerAlignment> alignments = Aligner.align(
                model, Aligner.pairs(plan), validation.blocks(256, 10000, 8), Calibration.of(10000), Progress.NONE);
        JsonNode expected = EXPECTED.at("/merges/6");
        Map<FeedForwardSublayer, Permutation> orders = new HashMap<>();
        alignments.forEach((pair, alignment) -> {
            double reference =
                    expected.at("/matched_correlation/" + pair.layer()).asDouble();
            assertEquals(reference, alignment.matchedCorrelation(), 1e-6 * reference);
            orders.put(model.architecture().feedForward("decoder", pair.layer()), alignment.permutation());
        });
        EditedCheckpoint edit = FeedForwardMerger.merge(model.checkpoint(), model.architecture(), plan, orders);
        try (TransformerModel merged = model.edited(edit, model.architecture())) {
            assertEquals(2936576 - 5 * 131712, merged.parameters().uniqueCount());
            double value = Evaluator.evaluate(
                            merged, new Perplexity(test, Scoring.of(256), Integer.MAX_VALUE), Progress.NONE)
                    .value();
            assertEquals(expected.get("perplexity").asDouble(), value, 1e-4 * value);
        }
    }
}
