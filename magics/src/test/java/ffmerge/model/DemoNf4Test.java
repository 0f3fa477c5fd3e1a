package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.DemoImages;
import ffmerge.DemoTranslator;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.architecture.ModelTensor;
import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.data.TextFiles;
import ffmerge.data.TokenStream;
import ffmerge.data.Tokenizer;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.Perplexity;
import ffmerge.evaluate.Scoring;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.torch.Precision;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The demo models in NF4 compute what PyTorch computes with the weights that bitsandbytes' default back end makes;
 * nf4/generate.py made what is compared with.
 */
class DemoNf4Test {
    private static JsonNode expected(String model) throws Exception {
        Path file = new SmallCheckpoint("nf4").folder().resolve("expected.json");
        return new ObjectMapper().readTree(file.toFile()).get(model);
    }

    private static void assertBytes(JsonNode expected, TransformerModel plain, TransformerModel nf4) {
        long maps = plain.architecture().linearWeights().stream()
                .mapToLong(ModelTensor::elements)
                .sum();
        long others = plain.parameters().bytes() - maps * Float.BYTES;
        assertEquals(expected.get("bytesOfMaps").asLong(), nf4.parameters().bytes() - others);
        assertEquals(plain.parameters().uniqueCount(), nf4.parameters().uniqueCount());
    }

    private static void assertScores(JsonNode expected, TransformerModel model, Batch batch) {
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            NDArray scores =
                    model instanceof LanguageModel decoder ? decoder.logits(last, pass) : model.head(last, pass);
            long[] shape = new long[expected.at("/logits/shape").size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = expected.at("/logits/shape/" + i).asLong();
            }
            assertArrayEquals(shape, scores.getShape().getShape());
            float[] values = scores.toFloatArray();
            for (int i = 0; i < 16; i++) {
                assertEquals(expected.at("/logits/first16/" + i).asDouble(), values[i], 1e-4);
            }
            double mean = 0;
            for (float value : values) {
                mean += (double) value / values.length;
            }
            assertEquals(expected.at("/logits/mean").asDouble(), mean, 1e-5);
        }
    }

    private static void assertMeasured(JsonNode expected, TransformerModel model, Metric metric, double tolerance) {
        double value = expected.get("value").asDouble();
        assertEquals(value, Evaluator.evaluate(model, metric, Progress.NONE).value(), tolerance * value);
    }

    @Test
    void gpt2() throws Exception {
        JsonNode expected = expected("gpt2-novels");
        Path folder = Expected.home().resolve("models/gpt2-novels");
        try (TransformerModel plain = TransformerModel.load(folder, Device.cpu(), Progress.NONE);
                TransformerModel nf4 = TransformerModel.load(
                        folder, Device.cpu(), Precision.FLOAT32, Optional.of(WeightForms.of("nf4")), Progress.NONE);
                Tokenizer tokenizer = Tokenizer.load(folder)) {
            Path file = TextFiles.find(Expected.home().resolve("data/novels-test.txt"), Split.TEST);
            TokenStream test =
                    new TokenStream("novels", Split.TEST, tokenizer.encode(TextFiles.read(file), Progress.NONE));
            assertBytes(expected, plain, nf4);
            assertScores(expected, nf4, test.blocks(256, 256, 1).get(0));
            assertMeasured(expected, nf4, new Perplexity(test, Scoring.of(256), 12), 1e-4);
        }
    }

    @Test
    void vit() throws Exception {
        JsonNode expected = expected("vit-digits");
        try (TransformerModel plain = DemoImages.model();
                TransformerModel nf4 = plain.quantized(WeightForms.of("nf4"))) {
            assertBytes(expected, plain, nf4);
            assertScores(
                    expected, nf4, DemoImages.images(Split.TEST).batches(64, 64).get(0));
            assertMeasured(expected, nf4, DemoImages.workload(nf4).metric(Split.TEST, 300), 1e-9);
        }
    }

    @Test
    void marian() throws Exception {
        JsonNode expected = expected("opus-mt-tatoeba-zh-en");
        try (TransformerModel plain = DemoTranslator.model();
                TransformerModel nf4 = plain.quantized(WeightForms.of("nf4"))) {
            assertBytes(expected, plain, nf4);
            assertScores(
                    expected, nf4, DemoTranslator.pairs(Split.TEST).inOrder(32).get(0));
            assertMeasured(expected, nf4, DemoTranslator.workload(nf4, 4).metric(Split.TEST, 60), 1e-9);
        }
    }

    /** A checkpoint of a quantized model, and what folds it back, is in the order that its files have. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2/prefixed", "vit/oblong", "marian/odd-sizes"})
    void foldingGivesTheValuesThatAreShown(String name) {
        SmallCheckpoint small = new SmallCheckpoint(name);
        try (TransformerModel plain = small.load(Precision.FLOAT32);
                TransformerModel nf4 = plain.quantized(WeightForms.of("nf4"));
                TransformerModel folded = nf4.folded(false)) {
            for (ModelTensor tensor : plain.architecture().tensors()) {
                float[] shown = nf4.checkpoint().read(tensor.name());
                assertArrayEquals(folded.checkpoint().read(tensor.name()), shown, 1e-7f, tensor.name());
                float[] exact = plain.checkpoint().read(tensor.name());
                double off = 0;
                double size = 0;
                for (int i = 0; i < exact.length; i++) {
                    off += Math.abs(exact[i] - shown[i]);
                    size += Math.abs(exact[i]);
                }
                assertEquals(0, off, 0.15 * size + 1e-9, tensor.name());
            }
        }
    }
}
