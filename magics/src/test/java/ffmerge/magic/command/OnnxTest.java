package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import ffmerge.architecture.Settings;
import ffmerge.data.ImageBatch;
import ffmerge.data.PixelScale;
import ffmerge.data.SentencePair;
import ffmerge.data.TokenBatch;
import ffmerge.data.TranslationBatch;
import ffmerge.fixture.Outputs;
import ffmerge.model.HiddenStates;
import ffmerge.model.ImageClassifier;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import ffmerge.result.SaveResult;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ONNX Runtime makes of saved graphs, beside what the models compute here. */
class OnnxTest extends SessionTests {
    private static final String RESOURCES = "src/test/resources/";

    private Path save(String fixture, String line, String options) {
        Path saved = folder.resolve("saved");
        host.run("load " + RESOURCES + fixture + " --as base", session);
        host.run(line, session);
        SaveResult result = (SaveResult) host.run("save small " + saved + " --format onnx " + options, session);
        assertEquals("onnx", result.format());
        return saved.resolve("model.onnx");
    }

    /** The logits, row by row. */
    private static float[] run(Path file, Map<String, Object> inputs) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> given = new TreeMap<>();
        try (OrtSession session = environment.createSession(file.toString())) {
            assertEquals(inputs.keySet(), session.getInputNames());
            for (Map.Entry<String, Object> each : inputs.entrySet()) {
                given.put(each.getKey(), OnnxTensor.createTensor(environment, each.getValue()));
            }
            try (OrtSession.Result result = session.run(given)) {
                FloatBuffer values = ((OnnxTensor) result.get("logits").orElseThrow()).getFloatBuffer();
                float[] logits = new float[values.remaining()];
                values.get(logits);
                return logits;
            }
        } finally {
            given.values().forEach(OnnxTensor::close);
        }
    }

    private static long[][] rows(long[] ids, int rows) {
        long[][] matrix = new long[rows][ids.length / rows];
        for (int i = 0; i < ids.length; i++) {
            matrix[i / matrix[0].length][i % matrix[0].length] = ids[i];
        }
        return matrix;
    }

    private static long[] random(int count, int below, long seed) {
        return new SplittableRandom(seed).longs(count, 0, below).toArray();
    }

    private TransformerModel small() {
        return session.model("small", host);
    }

    private void assertSharedOnce(Path file) throws Exception {
        long bytes = small().parameters().bytes();
        long size = Files.size(file);
        assertTrue(size > 0.7 * bytes && size < 1.1 * bytes + 20_000, size + " of " + bytes); // nodes take some
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "merge base --window 0-1 --align none --as small",
                "merge base --site attention --window 1-2 --align none --as small",
                "drop base --site feed-forward --window 1-1 --as small",
                "prune base --method magnitude --unit head --site attention --sparsity 0.4 --as small",
                "quantize base --to int8-weight --as small"
            })
    void aGpt2ComputesTheSame(String line) throws Exception {
        Path file = save("gpt2/prefixed", line, "");
        for (int length : new int[] {1, 7, 14}) {
            long[] ids = random(2 * length, 29, length);
            assertArrayEquals(
                    Outputs.logits(small(), new TokenBatch(ids, 2, length, 1)),
                    run(file, Map.of("input_ids", rows(ids, 2))),
                    1e-4f,
                    "length " + length);
        }
    }

    @Test
    void eachSharedTensorStandsInTheFileOnce() throws Exception {
        Path file = save("gguf/gpt2.gguf", "merge base --window 0-1 --align none --as small", "");
        assertSharedOnce(file);
        long tied = Files.size(file);
        host.run("save base " + folder.resolve("whole") + " --format onnx", session);
        long places = session.model("base", host).parameters().uniqueCount()
                - small().parameters().uniqueCount();
        long more = Files.size(folder.resolve("whole/model.onnx")) - tied;
        assertTrue(Math.abs(more - 4 * places) < 2_000, more + " bytes more for " + places + " values");
    }

    @ParameterizedTest
    @CsvSource({"float16, 2e-2", "bfloat16, 1e-1"})
    void weightsInFewerBitsAreHalfTheFile(String dtype, float tolerance) throws Exception {
        Path file = save("gguf/gpt2.gguf", "merge base --window 0-1 --align none --as small", "--dtype " + dtype);
        assertTrue(Files.size(file) < 0.65 * small().parameters().bytes() + 10_000);
        long[] ids = random(10, 200, 1);
        assertArrayEquals(
                Outputs.logits(small(), new TokenBatch(ids, 1, 10, 1)),
                run(file, Map.of("input_ids", rows(ids, 1))),
                tolerance);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit/oblong", "vit/old-hub"})
    void aVitComputesTheSame(String fixture) throws Exception {
        Path file = save(fixture, "merge base --window 0-1 --align none --as small", "");
        ImageClassifier model = (ImageClassifier) small();
        int channels = model.imageShape().channels();
        int height = model.imageShape().height();
        int width = model.imageShape().width();
        byte[] pixels = new byte[2 * channels * height * width];
        new SplittableRandom(1).nextBytes(pixels);
        PixelScale scale = PixelScale.ofHalves(channels);
        ImageBatch batch = new ImageBatch(pixels, 2, channels, height, width, new int[2], scale);
        float[][][][] scaled = new float[2][channels][height][width];
        for (int i = 0; i < pixels.length; i++) {
            int channel = i / (height * width) % channels;
            scaled[i / (channels * height * width)][channel][i / width % height][i % width] =
                    (Byte.toUnsignedInt(pixels[i]) * (float) scale.factor() - scale.mean()[channel])
                            / scale.deviation()[channel];
        }
        float[] expected;
        try (NDManager scope = small().newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = small().advance(small().embed(batch, pass), small().layers(), pass);
            expected = model.classLogits(last, pass).toFloatArray();
        }
        assertArrayEquals(expected, run(file, Map.of("pixel_values", scaled)), 1e-4f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"marian/odd-sizes", "marian/old-hub"})
    void aMarianComputesTheSame(String fixture) throws Exception {
        Path file = save(fixture, "merge base --stack decoder --window 0-1 --align none --as small", "");
        TransformerModel model = small();
        TranslationBatch batch = new TranslationBatch(List.of(
                new SentencePair(0, "", "", new int[] {3, 4, 5, 6, 0}, new int[] {7, 8, 0}),
                new SentencePair(1, "", "", new int[] {9, 0}, new int[] {10, 11, 12, 13, 0})));
        int vocabulary = ((TranslationModel) model).vocabulary();
        Settings settings = model.architecture().settings();
        int padding = settings.token("padding", vocabulary);
        float[] expected;
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            expected = ((TranslationModel) model).logits(last, pass).toFloatArray();
        }
        long[] sources = batch.sources(padding);
        long[] counted = Arrays.stream(sources).map(id -> id == padding ? 0 : 1).toArray();
        long[] targets = batch.targets(padding);
        long[] shifted = new long[targets.length];
        System.arraycopy(targets, 0, shifted, 1, targets.length - 1);
        for (int row = 0; row < batch.rows(); row++) {
            shifted[row * batch.targetLength()] = settings.token("start", vocabulary);
        }
        float[] actual = run(
                file,
                Map.of(
                        "input_ids", rows(sources, batch.rows()),
                        "attention_mask", rows(counted, batch.rows()),
                        "decoder_input_ids", rows(shifted, batch.rows())));
        assertEquals(expected.length, actual.length);
        for (long place : batch.targetPlaces()) {
            int from = Math.toIntExact(place) * vocabulary;
            assertArrayEquals(
                    Arrays.copyOfRange(expected, from, from + vocabulary),
                    Arrays.copyOfRange(actual, from, from + vocabulary),
                    1e-4f);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gated/olmo, OLMo",
        "vision/deit, DeiT",
        "vision/dinov2, DINOv2",
        "vision/clip, CLIP",
        "seq2seq/bart, BART",
        "seq2seq/m2m100, M2M100",
        "seq2seq/t5, T5"
    })
    void anotherFamilyIsRefusedByName(String checkpoint, String title) {
        host.run("load " + RESOURCES + checkpoint + " --as base", session);
        assertEquals(
                "models of " + title
                        + " aren't written as ONNX here, those of GPT-2, ViT and Marian are; --format expanded writes"
                        + " what Python's optimum takes",
                host.refusal("save base " + folder.resolve("x") + " --format onnx", session));
    }
}
