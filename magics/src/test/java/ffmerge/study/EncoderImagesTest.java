package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.data.DemoHome;
import ffmerge.data.Split;
import ffmerge.evaluate.Accuracy;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.model.ImageClassifier;
import ffmerge.model.Pass;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.similarity.LinearCka;
import ffmerge.similarity.SimilarityMatrix;
import ffmerge.torch.Precision;
import ffmerge.workload.DataRequest;
import ffmerge.workload.Shelf;
import ffmerge.workload.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures of any size are prepared and scored as transformers does it; vision/pictures.py asked it. */
class EncoderImagesTest {
    private static final Path RESOURCES = Path.of("src/test/resources");

    @TempDir
    private Path folder;

    /** @param tokens of an image: patches, and those before them */
    @ParameterizedTest
    @CsvSource({"deit, 10", "deit-teacher, 10", "dinov2, 17", "dinov2-gated, 16", "clip, 5"})
    void picturesAreScoredAsTransformersScoresThem(String name, int tokens) throws Exception {
        JsonNode expected = new ObjectMapper()
                .readTree(RESOURCES.resolve("vision/pictures.json").toFile())
                .get(name);
        // a class's pictures are in the order of their names
        Path pictures = Files.createDirectories(folder.resolve("test/LABEL_1"));
        for (JsonNode picture : expected.get("pictures")) {
            Files.copy(RESOURCES.resolve("processors").resolve(picture.asText()), pictures.resolve(picture.asText()));
        }
        try (Shelf shelf = new Shelf(new DemoHome(Expected.home()), () -> {
                    throw new AssertionError("nobody asks the hub");
                });
                TransformerModel model = new SmallCheckpoint("vision/" + name).load(Precision.FLOAT32)) {
            Workload workload = shelf.workload(model, DataRequest.of(folder.toString()));
            assertEquals(tokens, workload.tokensPerExample());
            Metric metric = workload.metric(Split.TEST, Integer.MAX_VALUE);
            int seen = 0;
            int right = 0;
            for (Batch batch : metric.batches()) {
                try (NDManager scope = model.newScope()) {
                    Pass pass = Pass.inference(scope);
                    for (float[] scores : Accuracy.classScores(model, model.embed(batch, pass), pass)) {
                        JsonNode logits = expected.get("logits").get(seen++);
                        for (int c = 0; c < scores.length; c++) {
                            assertEquals(logits.get(c).asDouble(), scores[c], 1e-4);
                        }
                        right += Accuracy.highest(scores) == 1 ? 1 : 0;
                    }
                }
            }
            assertEquals(expected.get("logits").size(), seen);
            assertEquals(
                    (double) right / seen, Evaluator.evaluate(model, metric).value(), 1e-12);
            assertEquals(tokens * (long) seen, metric.work().tokens());
            assertEquals(
                    expected.get("shape").get(0).asInt(),
                    ((ImageClassifier) model).imageShape().channels());
        }
    }

    /** What it is shown may be of any classes. */
    @Test
    void aModelWithoutAHeadHasActivationsAndNoQuality() throws Exception {
        Path bare = Files.createDirectories(folder.resolve("model"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(new SmallCheckpoint("vision/dinov2-bare").folder().resolve(file), bare.resolve(file));
        }
        Files.copy(
                new SmallCheckpoint("vision/dinov2").folder().resolve("preprocessor_config.json"),
                bare.resolve("preprocessor_config.json"));
        for (String split : List.of("validation/cat", "validation/dog")) {
            Path pictures = Files.createDirectories(folder.resolve("data").resolve(split));
            Files.copy(RESOURCES.resolve("processors/wide.png"), pictures.resolve("wide.png"));
        }
        try (Shelf shelf = new Shelf(new DemoHome(Expected.home()), () -> {
                    throw new AssertionError("nobody asks the hub");
                });
                TransformerModel model = TransformerModel.load(bare, Device.cpu(), Progress.NONE)) {
            Workload workload =
                    shelf.workload(model, DataRequest.of(folder.resolve("data").toString()));
            SimilarityMatrix cka = LinearCka.of(
                    model,
                    model.architecture().stack("encoder"),
                    Site.FEED_FORWARD,
                    workload.activationBatches(30),
                    30,
                    Progress.NONE);
            assertEquals(1, cka.values()[2][2], 1e-6);
            assertEquals(Map.of("encoder", 34L), workload.activationRows(30));
            assertEquals(
                    "this model has no head, so there is nothing to measure it by: load a checkpoint for image"
                            + " classification; cka, align, merge and save work without",
                    assertThrows(UserError.class, () -> workload.metric(Split.VALIDATION, 9))
                            .getMessage());
        }
    }
}
