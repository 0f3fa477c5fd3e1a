package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.checkpoint.DType;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.result.Lineage;
import ffmerge.tune.TuneHistory;
import ffmerge.tune.TuneSettings;
import ffmerge.tune.Tuner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A merged model in the hands of transformers and of PyTorch's optimizer; resources/gpt2/merged/generate.py asked them. */
class MergedForTransformersTest {
    private static final Path RESOURCES = Path.of("src/test/resources/gpt2");

    @TempDir
    private Path temporary;

    private JsonNode expected;
    private TransformerModel merged;

    @BeforeEach
    void merge() throws Exception {
        expected = new ObjectMapper()
                .readTree(RESOURCES.resolve("merged/expected.json").toFile());
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("decoder", List.of(0, 2), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.RANDOM,
                3);
        try (TransformerModel whole =
                TransformerModel.load(RESOURCES.resolve("prefixed"), Device.cpu(), Progress.NONE)) {
            merged = Shrinks.merge(whole, plan, null, 0, Progress.NONE).model();
        }
    }

    @AfterEach
    void close() {
        merged.close();
    }

    @Test
    void theExpandedFileIsTheOneThatTransformersLoaded() throws Exception {
        Path saved = temporary.resolve("saved");
        Saving.save(
                "m",
                merged,
                new Lineage("prefixed"),
                saved,
                Format.EXPANDED,
                DType.F32,
                false,
                line -> {},
                Progress.NONE);
        assertArrayEquals(
                Files.readAllBytes(RESOURCES.resolve("merged/model.safetensors")),
                Files.readAllBytes(saved.resolve("model.safetensors")));
        assertEquals(
                new ObjectMapper()
                        .readTree(RESOURCES.resolve("merged/config.json").toFile()),
                new ObjectMapper().readTree(saved.resolve("config.json").toFile()));
    }

    @Test
    void transformersComputesWhatTheTiedModelComputes() {
        assertArrayEquals(floats(expected.get("logits")), Outputs.logits(merged, batch(expected.get("ids"))), 1e-4f);
    }

    @Test
    void tuningTiedSublayersIsPyTorchsAdamWOnOneModuleInTwoPlaces() {
        JsonNode batches = expected.get("batches"); // [steps · accumulate, rows, length]
        List<TokenBatch> given = new ArrayList<>();
        batches.forEach(b -> given.add(batch(b)));
        // warm-up, cosine, two batches a step, decay of matrices, clipping: the figures of the script
        TuneSettings settings = new TuneSettings(6, 2, 2, 3e-3, 2, 0.1, 1, 0, 100, 100, 0);
        double[] falling = {0}; // every validation is better than the one before, so that the last weights are kept
        TuneHistory result = new Tuner(
                        merged,
                        settings,
                        (rows, seed, index) -> given.get((int) index),
                        m -> --falling[0],
                        (value, best) -> value < best,
                        temporary.resolve("tuning"),
                        (loss, checks) -> {})
                .run(Progress.NONE);
        for (int step = 0; step < settings.steps(); step++) {
            assertEquals(
                    expected.get("losses").get(step).asDouble(), result.loss().get(step), 1e-4, "step " + step);
        }
        expected.get("tuned")
                .properties()
                .forEach(parameter -> assertArrayEquals(
                        floats(parameter.getValue()),
                        merged.parameters().get(parameter.getKey()).toFloatArray(),
                        1e-4f,
                        parameter.getKey()));
    }

    private static TokenBatch batch(JsonNode rows) {
        int length = rows.get(0).size();
        long[] ids = new long[rows.size() * length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = rows.get(i / length).get(i % length).asLong();
        }
        return new TokenBatch(ids, rows.size(), length, 1);
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers.get(i).asDouble();
        }
        return floats;
    }
}
