package ffmerge.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Progress;
import ffmerge.fixture.ChooseCases;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Block Influence and angular distances of every family, compared with numpy over transformers' hidden states. */
class LayerAnglesTest {
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "vit", "marian-encoder", "marian-decoder", "olmo"})
    void itIsWhatTheDefinitionsSay(String name) {
        JsonNode expected = ChooseCases.expected().at("/cases/" + name);
        SmallCheckpoint checkpoint =
                new SmallCheckpoint(expected.get("checkpoint").asText());
        String stack = expected.get("stack").asText();
        try (TransformerModel model = checkpoint.load(Precision.FLOAT32)) {
            int layers = expected.get("influence").size();
            assertEquals(layers, model.architecture().stack(stack).layers());
            LayerAngles angles = LayerAngles.of(
                    model, List.of(stack), layers, List.of(checkpoint.batch()), Extent.exactly(1000), Progress.NONE);
            for (int first = 0; first < layers; first++) {
                assertEquals(expected.at("/influence/" + first).asDouble(), angles.influence(stack, first), 1e-5);
                for (int last = first; last < layers; last++) {
                    assertEquals(
                            expected.at("/distance/" + first + "/" + last).asDouble(),
                            angles.distance(stack, first, last),
                            1e-5);
                }
            }
        }
    }
}
