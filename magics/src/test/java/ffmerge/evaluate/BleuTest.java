package ffmerge.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.DemoTranslator;
import ffmerge.Progress;
import ffmerge.data.Split;
import ffmerge.model.TransformerModel;
import java.io.InputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Translations are those of transformers' generate; resources/marian/demo.py made them. */
class BleuTest {
    @ParameterizedTest
    @CsvSource({"1, 29.98, 47.69", "4, 33.00, 49.76"})
    void sentencesAndScoresAreTheReferences(int beams, String bleu, String chrF) throws Exception {
        JsonNode expected;
        try (InputStream in = BleuTest.class.getResourceAsStream("/marian/demo.json")) {
            expected = new ObjectMapper().readTree(in).at("/translations/" + beams);
        }
        try (TransformerModel model = DemoTranslator.model()) {
            var samples = DemoTranslator.workload(model, beams).samples(model, Split.TEST, 200, Progress.NONE);
            for (int i = 0; i < 200; i++) {
                assertEquals(
                        expected.get(i).asText(),
                        samples.get(i).translation(),
                        samples.get(i).source());
            }
            MetricValue evaluation = Evaluator.evaluate(
                    model, DemoTranslator.workload(model, beams).metric(Split.TEST, 200), Progress.NONE);
            assertEquals(bleu, String.format("%.2f", evaluation.value()));
            assertEquals(chrF, evaluation.details().get("chrF2"));
            assertEquals(
                    "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0",
                    evaluation.details().get("signature"));
        }
    }
}
