package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Progress;
import ffmerge.align.Calibration;
import ffmerge.architecture.Branch;
import ffmerge.fixture.ChooseCases;
import ffmerge.fixture.OneBatch;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.model.TransformerModel;
import ffmerge.result.WindowScore;
import ffmerge.torch.Precision;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What windows can be chosen by, compared with numpy, scipy and transformers. */
class CheapScoresTest {
    private static final Set<WindowScore> ALL = EnumSet.allOf(WindowScore.class);

    private static CheapScores scores(SmallCheckpoint checkpoint, TransformerModel model, String stack, Branch branch) {
        List<Integer> layers = IntStream.range(
                        0, model.architecture().stack(stack).layers())
                .boxed()
                .toList();
        return CheapScores.of(
                model,
                List.of(stack),
                branch,
                ALL,
                List.of(layers),
                new OneBatch(checkpoint.batch()),
                Calibration.of(1000),
                Progress.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "vit", "marian-encoder", "marian-decoder", "olmo"})
    void theyAreWhatTheDefinitionsSay(String name) {
        JsonNode expected = ChooseCases.expected().at("/cases/" + name);
        SmallCheckpoint checkpoint =
                new SmallCheckpoint(expected.get("checkpoint").asText());
        String stack = expected.get("stack").asText();
        try (TransformerModel model = checkpoint.load(Precision.FLOAT32)) {
            CheapScores scores = scores(checkpoint, model, stack, Branch.FEED_FORWARD);
            assertArrayEquals(ChooseCases.row(expected.get("influence")), scores.influences(), 1e-5);
            double[][] added = ChooseCases.matrix(expected.get("replacement"));
            double[][] weights = ChooseCases.matrix(expected.get("weights"));
            double[][] ours = scores.similarity(WindowScore.REPLACEMENT);
            int layers = added.length;
            for (int i = 0; i < layers; i++) {
                for (int j = 0; j < layers; j++) {
                    if (i != j) {
                        assertEquals(-(added[i][j] + added[j][i]) / 2, ours[i][j], 1e-4);
                        assertEquals(weights[i][j], scores.similarity(WindowScore.WEIGHTS)[i][j], 1e-5);
                    }
                }
            }
            List<List<Integer>> window = List.of(List.of(0, 1));
            assertEquals(weights[0][1], scores.of(WindowScore.WEIGHTS, window), 1e-5);
            assertEquals((added[0][1] + added[1][0]) / 2, scores.of(WindowScore.REPLACEMENT, window), 1e-4);
            assertEquals(
                    expected.at("/influence/0").asDouble()
                            + expected.at("/influence/1").asDouble(),
                    scores.of(WindowScore.INFLUENCE, window),
                    1e-5);
            for (WindowScore score : List.of(WindowScore.CKA, WindowScore.CORRELATION)) {
                double value = scores.of(score, window);
                assertTrue(value > 0 && value < 1, score + " " + value);
            }
            assertTrue(Double.isNaN(scores.of(WindowScore.CKA, List.of(List.of(1)))), "one layer has no pairs");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "olmo"})
    void attentionHasAllButWeights(String name) {
        JsonNode expected = ChooseCases.expected().at("/cases/" + name);
        SmallCheckpoint checkpoint =
                new SmallCheckpoint(expected.get("checkpoint").asText());
        try (TransformerModel model = checkpoint.load(Precision.FLOAT32)) {
            CheapScores scores = scores(checkpoint, model, "decoder", Branch.ATTENTION);
            assertEquals(
                    EnumSet.of(
                            WindowScore.CKA, WindowScore.CORRELATION, WindowScore.INFLUENCE, WindowScore.REPLACEMENT),
                    scores.found());
            double[][] matched = scores.similarity(WindowScore.CORRELATION);
            assertTrue(Arrays.stream(matched)
                    .flatMapToDouble(Arrays::stream)
                    .filter(value -> !Double.isNaN(value))
                    .allMatch(value -> Math.abs(value) <= 1));
        }
    }
}
