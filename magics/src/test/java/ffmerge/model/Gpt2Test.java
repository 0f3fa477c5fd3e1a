package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.data.Split;
import ffmerge.data.TextFiles;
import ffmerge.data.TokenStream;
import ffmerge.data.Tokenizer;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.MetricValue;
import ffmerge.evaluate.Perplexity;
import ffmerge.evaluate.Scoring;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class Gpt2Test {
    private static final JsonNode EXPECTED = Expected.of("gpt2-novels");
    private static TransformerModel model;
    private static TokenStream test;

    @BeforeAll
    static void load() {
        Path folder = Expected.home().resolve("models/gpt2-novels");
        model = TransformerModel.load(folder, Device.cpu(), Progress.NONE);
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            Path file = TextFiles.find(Expected.home().resolve("data/novels-test.txt"), Split.TEST);
            test = new TokenStream("novels", Split.TEST, tokenizer.encode(TextFiles.read(file), Progress.NONE));
        }
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void logitsAreThoseOfTransformers() {
        JsonNode expected = EXPECTED.get("logits_first_batch");
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates first = model.embed(test.blocks(256, 256, 1).get(0), pass);
            NDArray logits = ((LanguageModel) model).logits(model.advance(first, 12, pass), pass);
            assertArrayEquals(new long[] {1, 256, 4096}, logits.getShape().getShape());
            float[] values = logits.toFloatArray();
            for (int i = 0; i < 16; i++) {
                assertEquals(expected.get("first16").get(i).asDouble(), values[i], 1e-4);
            }
            double mean = 0;
            for (float value : values) {
                mean += value / values.length;
            }
            assertEquals(expected.get("mean").asDouble(), mean, 1e-5);
        }
    }

    @Test
    void perplexityIsThatOfTransformers() {
        MetricValue evaluation =
                Evaluator.evaluate(model, new Perplexity(test, Scoring.of(256), Integer.MAX_VALUE), Progress.NONE);
        double expected = EXPECTED.at("/full_test/perplexity").asDouble();
        assertEquals(expected, evaluation.value(), 1e-4 * expected);
    }

    @Test
    void theFirstWindowCountsAsOneOfTwoOrAsTwoThirds() {
        double first = Math.log(perplexity(1, Perplexity.Weighting.WINDOW)); // 255 tokens
        double second = 2 * Math.log(perplexity(2, Perplexity.Weighting.WINDOW)) - first; // 128 tokens
        double weighted = Math.exp((255 * first + 128 * second) / 383);
        assertEquals(weighted, perplexity(2, Perplexity.Weighting.TOKEN), 1e-4 * weighted);
    }

    private static double perplexity(int windows, Perplexity.Weighting weighting) {
        return Evaluator.evaluate(
                        model, new Perplexity(test, Scoring.of(256).weighted(weighting), windows), Progress.NONE)
                .value();
    }
}
