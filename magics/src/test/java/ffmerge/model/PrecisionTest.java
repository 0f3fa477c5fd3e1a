package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Demo;
import ffmerge.DemoTranslator;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.Shrinks;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.fixture.TinyGpt2;
import ffmerge.merge.MergePlan;
import ffmerge.torch.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Mixed precision does what torch.autocast does; resources/precision/generate.py made the reference values. */
class PrecisionTest {
    /** Relative: a rounding of bfloat16 is 4e-3, of float16 5e-4; losses average many. */
    private static final Map<String, Double> LOSS_ERROR = Map.of("bfloat16", 4e-3, "float16", 1e-3);

    @TempDir
    private Path folder;

    record Case(String checkpoint, String precision, double loss, double gradientError) {}

    static List<Case> cases() throws Exception {
        JsonNode expected =
                new ObjectMapper().readTree(PrecisionTest.class.getResourceAsStream("/precision/expected.json"));
        return expected.properties().stream()
                .flatMap(checkpoint -> checkpoint.getValue().properties().stream()
                        .map(p -> new Case(
                                checkpoint.getKey(),
                                p.getKey(),
                                p.getValue().get("loss").asDouble(),
                                p.getValue().get("gradientError").asDouble())))
                .filter(c -> !c.precision().equals("float32"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lossesAndGradientsAreAsCloseToFloat32AsThoseOfAutocast(Case expected) {
        SmallCheckpoint checkpoint = new SmallCheckpoint(expected.checkpoint());
        Batch batch = checkpoint.batch();
        try (TransformerModel model = checkpoint.load(Precision.FLOAT32)) {
            Outputs.Gradients exact = Outputs.gradients(model, batch);
            Outputs.Gradients mixed = Outputs.gradients(model, batch, Precision.parse(expected.precision()), 0);
            assertEquals(expected.loss(), mixed.loss(), expected.loss() * LOSS_ERROR.get(expected.precision()));
            assertTrue(mixed.loss() != exact.loss(), "products were done in less than float32");
            double error = mixed.errorFrom(exact);
            assertTrue(error > 0.3 * expected.gradientError(), error + " is too good to be true");
            assertTrue(error < 1.5 * expected.gradientError() + 1e-3, error + ", autocast's is " + expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"bfloat16, 0.006", "float16, 0.0008"})
    void weightsThatAreHeldInHalfTheBytesScoreNearlyTheSame(String dtype, double bound) {
        Metric metric = Demo.workload().metric(Split.VALIDATION, 16);
        try (TransformerModel exact = Demo.model();
                TransformerModel half =
                        TransformerModel.load(Demo.folder(), Device.cpu(), Precision.parse(dtype), Progress.NONE)) {
            double share =
                    (double) half.parameters().bytes() / exact.parameters().bytes();
            assertTrue(share > 0.5 && share < 0.51, share + " of the bytes");
            double difference =
                    Math.log(Evaluator.evaluate(half, metric, Progress.NONE).value()
                            / Evaluator.evaluate(exact, metric, Progress.NONE).value());
            assertTrue(difference != 0 && Math.abs(difference) < bound, difference + " nats");
        }
    }

    @Test
    void aTranslatorInBfloat16TranslatesNearlyAsWell() {
        try (TransformerModel exact = DemoTranslator.model();
                TransformerModel half = TransformerModel.load(
                        DemoTranslator.folder(), Device.cpu(), Precision.BFLOAT16, Progress.NONE)) {
            Metric metric = DemoTranslator.workload(exact, 2).metric(Split.TEST, 64);
            double expected = Evaluator.evaluate(exact, metric, Progress.NONE).value();
            assertEquals(
                    expected, Evaluator.evaluate(half, metric, Progress.NONE).value(), 3);
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void aHeldModelIsMergedCopiedAndReadAsAnyOther(Precision precision) {
        SmallCheckpoint checkpoint = new SmallCheckpoint("gpt2/prefixed");
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("decoder", List.of(0, 1, 2), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.NONE,
                0);
        String up = "transformer.h.1.mlp.c_fc.weight";
        try (TransformerModel model = checkpoint.load(precision);
                TransformerModel merged = Shrinks.merge(model, plan, Demo.workload(), 1, Progress.NONE)
                        .model();
                TransformerModel copy = merged.copy()) {
            assertEquals(precision, merged.parameters().precision());
            assertEquals(Precision.FLOAT32, copy.parameters().precision());
            assertTrue(merged.parameters().bytes() < model.parameters().bytes());
            float[] held = merged.checkpoint().read(up);
            assertArrayEquals(held, copy.checkpoint().read(up));
            float[] mean = new float[held.length];
            for (int layer = 0; layer < 3; layer++) {
                float[] own = model.checkpoint().read("transformer.h." + layer + ".mlp.c_fc.weight");
                for (int i = 0; i < own.length; i++) {
                    mean[i] += own[i] / 3;
                }
            }
            assertArrayEquals(mean, held, precision == Precision.BFLOAT16 ? 4e-3f : 1e-3f);
            assertTrue(Outputs.gradients(copy, checkpoint.batch()).loss() > 0, "the copy can be tuned");
        }
    }

    @Test
    void observersSeeFloat32() {
        SmallCheckpoint checkpoint = new SmallCheckpoint("gated/llama-shared-keys");
        try (TransformerModel model = checkpoint.load(Precision.BFLOAT16);
                var scope = model.newScope()) {
            int[] seen = new int[1];
            Pass pass = Pass.inference(scope).watchedBy((site, stack, layer, values) -> {
                assertTrue(values.toFloatArray().length > 0); // DJL knows no bfloat16
                seen[0]++;
            });
            model.advance(model.embed(checkpoint.batch(), pass), model.layers(), pass);
            assertEquals(5 * model.layers(), seen[0]);
        }
    }

    @Test
    void whatFloat16CantHoldIsSaid() throws Exception {
        new TinyGpt2(1).writeTo(folder);
        Path file = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        byte[] tooLarge = {0, 0, (byte) 0x80, 0x47}; // 65536 as a little-endian float32
        System.arraycopy(tooLarge, 0, bytes, bytes.length - matrixFromEnd(bytes), 4);
        Files.write(file, bytes);
        String message = assertThrows(
                        UserError.class,
                        () -> TransformerModel.load(folder, Device.cpu(), Precision.FLOAT16, Progress.NONE))
                .getMessage();
        assertTrue(message.matches(".*: tensor '.*' holds 1 values that float16 can't; --dtype bfloat16 can"), message);
        TransformerModel.load(folder, Device.cpu(), Precision.BFLOAT16, Progress.NONE)
                .close();
    }

    /** Where the token embedding starts, counted from the file's end. */
    private static int matrixFromEnd(byte[] bytes) throws Exception {
        int header = java.nio.ByteBuffer.wrap(bytes)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .getInt();
        JsonNode tensors = new ObjectMapper().readTree(bytes, 8, header);
        int start = tensors.at("/transformer.wte.weight/data_offsets/0").asInt();
        return bytes.length - 8 - header - start;
    }
}
