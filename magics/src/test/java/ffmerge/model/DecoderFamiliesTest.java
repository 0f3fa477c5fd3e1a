package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.ScoreRules;
import ffmerge.torch.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Decoders of many families compute what transformers computes; resources/decoder/generate.py made them. */
class DecoderFamiliesTest {
    static List<String> models() throws IOException, URISyntaxException {
        Path folder = Path.of(DecoderFamiliesTest.class.getResource("/decoder").toURI());
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isDirectory)
                    .map(f -> f.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private static SmallCheckpoint small(String name) {
        return new SmallCheckpoint("decoder/" + name);
    }

    private static TokenBatch batch(JsonNode expected) {
        int[][] rows = rows(expected.get("ids")).toArray(int[][]::new);
        long[] ids = Stream.of(rows)
                .flatMapToInt(java.util.Arrays::stream)
                .mapToLong(i -> i)
                .toArray();
        return new TokenBatch(ids, rows.length, rows[0].length, 1);
    }

    private static List<int[]> rows(JsonNode json) {
        try {
            return List.of(new ObjectMapper().treeToValue(json, int[][].class));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers.get(i).asDouble();
        }
        return floats;
    }

    @ParameterizedTest
    @MethodSource("models")
    void logitsLossesAndParametersAreThoseOfTransformers(String name) {
        JsonNode expected = small(name).expected();
        try (TransformerModel model = small(name).load(Precision.FLOAT32)) {
            assertArrayEquals(floats(expected.get("logits")), Outputs.logits(model, batch(expected)), 1e-4f);
            assertArrayEquals(floats(expected.get("tokenLosses")), Outputs.tokenLosses(model, batch(expected)), 1e-4f);
            assertEquals(expected.get("parameters").asLong(), model.parameters().uniqueCount());
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void gradientsAreThoseOfTransformers(String name) {
        JsonNode expected = small(name).expected();
        try (TransformerModel model = small(name).load(Precision.FLOAT32)) {
            Outputs.Gradients found = Outputs.gradients(model, batch(expected));
            assertEquals(expected.get("loss").asDouble(), found.loss(), 1e-4);
            assertEquals(expected.get("gradients").size(), found.byName().size());
            expected.get("gradients").properties().forEach(entry -> {
                double length = entry.getValue().asDouble();
                assertEquals(length, length(found.byName().get(entry.getKey())), 1e-3 * length + 1e-6, entry.getKey());
            });
        }
    }

    private static double length(float[] vector) {
        double sum = 0;
        for (float value : vector) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }

    @ParameterizedTest
    @MethodSource("models")
    void textsAreThoseOfTransformers(String name) {
        JsonNode expected = small(name).expected();
        List<int[]> prompts = rows(expected.get("prompts"));
        try (TransformerModel model = small(name).load(Precision.FLOAT32)) {
            assertTexts(rows(expected.get("greedy")), model, prompts, settings(expected, 1));
            JsonNode beams = expected.get("beams");
            int count = beams.get("count").asInt();
            assertTexts(rows(beams.get("texts")), model, prompts, settings(expected, count));
        }
    }

    private static GenerationSettings settings(JsonNode expected, int beams) {
        return new GenerationSettings(
                beams,
                1 + expected.get("fresh").asInt(),
                0,
                1,
                GenerationSettings.EarlyStopping.HEURISTIC,
                -1,
                List.of(expected.get("end").asInt()),
                ScoreRules.NONE,
                List.of());
    }

    private static void assertTexts(
            List<int[]> reference, TransformerModel model, List<int[]> prompts, GenerationSettings settings) {
        try (NDManager scope = model.newScope()) {
            List<int[]> texts = ((TextGenerator) model).generate(prompts, settings, scope);
            for (int row = 0; row < prompts.size(); row++) {
                assertArrayEquals(reference.get(row), texts.get(row), "row " + row + ", beams " + settings.beams());
            }
        }
    }
}
