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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The demo models in fewer bits compute what PyTorch computes with the weights, and the products, that bitsandbytes' default
 * back end makes; nf4/generate.py and int8/generate.py made what is compared with.
 */
class DemoFormsTest {
    private static JsonNode expected(String form, String model) throws Exception {
        boolean nf4 = form.equals("nf4");
        Path file = new SmallCheckpoint(nf4 ? "nf4" : "int8").folder().resolve("expected.json");
        JsonNode forms = new ObjectMapper().readTree(file.toFile());
        return (nf4 ? forms : forms.get(form)).get(model);
    }

    private static void assertBytes(JsonNode expected, TransformerModel plain, TransformerModel held) {
        long maps = plain.architecture().linearWeights().stream()
                .mapToLong(ModelTensor::elements)
                .sum();
        long others = plain.parameters().bytes() - maps * Float.BYTES;
        assertEquals(expected.get("bytesOfMaps").asLong(), held.parameters().bytes() - others);
        assertEquals(plain.parameters().uniqueCount(), held.parameters().uniqueCount());
    }

    private static void assertScores(JsonNode expected, double tolerance, TransformerModel model, Batch batch) {
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
                assertEquals(expected.at("/logits/first16/" + i).asDouble(), values[i], tolerance);
            }
            double mean = 0;
            for (float value : values) {
                mean += (double) value / values.length;
            }
            assertEquals(expected.at("/logits/mean").asDouble(), mean, tolerance / 10);
        }
    }

    /** A value that lies between two integers is rounded one way here and another there, now and then. */
    private static double tolerance(String form) {
        return form.equals("int8") ? 5e-3 : 1e-4;
    }

    private static void assertMeasured(JsonNode expected, TransformerModel model, Metric metric, double tolerance) {
        double value = expected.get("value").asDouble();
        assertEquals(value, Evaluator.evaluate(model, metric, Progress.NONE).value(), tolerance * value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nf4", "int8", "int8-weight"})
    void gpt2(String form) throws Exception {
        JsonNode expected = expected(form, "gpt2-novels");
        Path folder = Expected.home().resolve("models/gpt2-novels");
        try (TransformerModel plain = TransformerModel.load(folder, Device.cpu(), Progress.NONE);
                TransformerModel held = TransformerModel.load(
                        folder, Device.cpu(), Precision.FLOAT32, Optional.of(WeightForms.of(form)), Progress.NONE);
                Tokenizer tokenizer = Tokenizer.load(folder)) {
            Path file = TextFiles.find(Expected.home().resolve("data/novels-test.txt"), Split.TEST);
            TokenStream test =
                    new TokenStream("novels", Split.TEST, tokenizer.encode(TextFiles.read(file), Progress.NONE));
            assertBytes(expected, plain, held);
            assertScores(
                    expected, tolerance(form), held, test.blocks(256, 256, 1).get(0));
            assertMeasured(
                    expected, held, new Perplexity(test, Scoring.of(256), 12), form.equals("int8") ? 1e-3 : 1e-4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nf4", "int8", "int8-weight"})
    void vit(String form) throws Exception {
        JsonNode expected = expected(form, "vit-digits");
        try (TransformerModel plain = DemoImages.model();
                TransformerModel held = plain.quantized(WeightForms.of(form))) {
            assertBytes(expected, plain, held);
            assertScores(
                    expected,
                    tolerance(form),
                    held,
                    DemoImages.images(Split.TEST).batches(64, 64).get(0));
            assertMeasured(expected, held, DemoImages.workload(held).metric(Split.TEST, 300), 1e-9);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nf4", "int8", "int8-weight"})
    void marian(String form) throws Exception {
        JsonNode expected = expected(form, "opus-mt-tatoeba-zh-en");
        try (TransformerModel plain = DemoTranslator.model();
                TransformerModel held = plain.quantized(WeightForms.of(form))) {
            assertBytes(expected, plain, held);
            assertScores(
                    expected,
                    tolerance(form),
                    held,
                    DemoTranslator.pairs(Split.TEST).inOrder(32).get(0));
            assertMeasured(
                    expected,
                    held,
                    DemoTranslator.workload(held, 4).metric(Split.TEST, 60),
                    form.equals("int8") ? 1e-2 : 1e-9);
        }
    }

    /** A checkpoint of a quantized model, and what folds it back, is in the order that its files have. */
    @ParameterizedTest
    @CsvSource({
        "gpt2/prefixed, nf4",
        "vit/oblong, nf4",
        "marian/odd-sizes, nf4",
        "gpt2/prefixed, int8",
        "vit/oblong, int8-weight",
        "marian/odd-sizes, int8"
    })
    void foldingGivesTheValuesThatAreShown(String name, String form) {
        SmallCheckpoint small = new SmallCheckpoint(name);
        try (TransformerModel plain = small.load(Precision.FLOAT32);
                TransformerModel held = plain.quantized(WeightForms.of(form));
                TransformerModel folded = held.folded(false)) {
            for (ModelTensor tensor : plain.architecture().tensors()) {
                float[] shown = held.checkpoint().read(tensor.name());
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
