package ffmerge.shrink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.activation.Extent;
import ffmerge.activation.InputSquares;
import ffmerge.architecture.AttentionTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.model.TransformerModel;
import ffmerge.prune.Saliency;
import ffmerge.prune.Sparsity;
import ffmerge.torch.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention pruned as torch and numpy prune it, in every family: {@code prune/attention.py} made what is compared with. */
class PruneAttentionTest {
    private static final double SPARSITY = 0.5;

    static List<Arguments> cases() throws IOException {
        JsonNode all = new ObjectMapper()
                .readTree(new SmallCheckpoint("prune")
                        .folder()
                        .resolve("attention.json")
                        .toFile());
        List<Arguments> cases = new ArrayList<>();
        for (JsonNode one : all) {
            for (Saliency saliency : List.of(Saliency.MAGNITUDE, Saliency.WANDA, Saliency.OBD)) {
                cases.add(Arguments.of(
                        one.get("checkpoint").asText(), one.get("stack").asText(), saliency, one));
            }
        }
        return cases;
    }

    private static Prune prune(Saliency saliency, Prune.Unit unit, Prune.Site site) {
        return new Prune(saliency, Sparsity.of(SPARSITY), unit, site, 0);
    }

    /** What is seen of exactly the maps that the way asks for. */
    private static Evidence evidence(TransformerModel model, SmallCheckpoint small, Prune way) {
        if (way.needs().isEmpty()) {
            return Evidence.NONE;
        }
        List<ModelTensor> maps = model.architecture().linearWeights().stream()
                .filter(map -> way.needs().inputSquares().contains(map.branch()))
                .toList();
        return Evidence.of(InputSquares.of(model, maps, List.of(small.batch()), Extent.exactly(10_000), Progress.NONE));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cases")
    void theLowestWeightsBecomeZero(String name, String stack, Saliency saliency, JsonNode expected) {
        SmallCheckpoint small = new SmallCheckpoint(name);
        JsonNode masks = expected.at("/cases/" + saliency.label() + "/masks");
        for (Prune.Site site : List.of(Prune.Site.ATTENTION, Prune.Site.ALL)) {
            Prune way = prune(saliency, Prune.Unit.WEIGHT, site);
            try (TransformerModel model = small.load(Precision.FLOAT32);
                    TransformerModel pruned =
                            way.apply(model, evidence(model, small, way)).model()) {
                int compared = 0;
                for (ModelTensor tensor : model.architecture().tensors()) {
                    JsonNode mask = masks.get(tensor.layer() + " " + tensor.role());
                    float[] before = model.checkpoint().read(tensor.name());
                    float[] after = pruned.checkpoint().read(tensor.name());
                    if (mask != null && stack.equals(tensor.stack())) {
                        assertArrayEquals(masked(tensor, before, mask.asText()), after, 0, tensor.name());
                        compared++;
                    } else if (site == Prune.Site.ATTENTION && tensor.isFeedForward() || tensor.layer() < 0) {
                        assertArrayEquals(before, after, tensor.name());
                    }
                }
                assertEquals(masks.size(), compared);
            }
        }
    }

    private static float[] masked(ModelTensor tensor, float[] values, String mask) {
        float[] masked = values.clone();
        int inputs = (int) tensor.inputs();
        int outputs = (int) tensor.outputs();
        for (int i = 0; i < masked.length; i++) {
            if (mask.charAt(i) == '0') {
                masked[tensor.inputsFirst() ? i % inputs * outputs + i / inputs : i] = 0;
            }
        }
        return masked;
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cases")
    void theLowestHeadsGo(String name, String stack, Saliency saliency, JsonNode expected) {
        SmallCheckpoint small = new SmallCheckpoint(name);
        Prune way = prune(saliency, Prune.Unit.HEAD, Prune.Site.FEED_FORWARD);
        JsonNode kept = expected.at("/cases/" + saliency.label() + "/heads");
        int groups = expected.get("groups").asInt();
        try (TransformerModel model = small.load(Precision.FLOAT32);
                TransformerModel pruned =
                        way.apply(model, evidence(model, small, way)).model()) {
            int sublayers = 0;
            for (int layer = 0; layer < model.architecture().stack(stack).layers(); layer++) {
                for (AttentionTensor each : model.architecture().attention(stack, layer)) {
                    ModelTensor tensor = each.tensor();
                    boolean ofSource = tensor.role().startsWith("source-");
                    JsonNode left = kept.get(layer + (ofSource ? " source" : " self"));
                    List<Integer> heads = IntStream.range(0, left.size())
                            .mapToObj(i -> left.get(i).asInt())
                            .toList();
                    assertArrayEquals(
                            ofHeads(each, model.checkpoint().read(tensor.name()), groups, heads),
                            pruned.checkpoint().read(tensor.name()),
                            tensor.name());
                    sublayers += tensor.role().endsWith("attention-out") ? 1 : 0;
                }
            }
            assertEquals(kept.size(), sublayers);
            Outline after = way.after(Outline.of(model));
            assertEquals(after.parameters(), pruned.parameters().uniqueCount());
            assertEquals(after.bytes(), pruned.parameters().bytes());
        }
    }

    /** The elements along an axis that some groups have, which may be that of queries, keys and values in one. */
    private static float[] ofHeads(AttentionTensor tensor, float[] values, int groups, List<Integer> heads) {
        List<Long> shape = tensor.tensor().shape();
        int width = Math.toIntExact(shape.get(tensor.axis()));
        int inner = Math.toIntExact(shape.stream().skip(tensor.axis() + 1L).reduce(1L, Math::multiplyExact));
        int parts = tensor.tensor().role().startsWith("query-key-value") ? 3 : 1;
        int ofGroup = width / parts / groups;
        int[] places = IntStream.range(0, values.length)
                .filter(i -> heads.contains(i / inner % width / ofGroup % groups))
                .toArray();
        float[] left = new float[places.length];
        for (int i = 0; i < left.length; i++) {
            left[i] = values[places[i]];
        }
        return left;
    }

    /** Merging and dropping leave a decoder's attention to its encoder alone; this doesn't, and says so. */
    @Test
    void attentionToTheEncoderIsNamedWhereThereIsSome() {
        try (TransformerModel translator = new SmallCheckpoint("marian/odd-sizes").load(Precision.FLOAT32);
                TransformerModel decoder = new SmallCheckpoint("gated/olmo").load(Precision.FLOAT32)) {
            String said = "the decoder's attention to the encoder's output included";
            for (Prune way : List.of(
                    prune(Saliency.WANDA, Prune.Unit.HEAD, Prune.Site.FEED_FORWARD),
                    prune(Saliency.OBD, Prune.Unit.WEIGHT, Prune.Site.ATTENTION),
                    prune(Saliency.RANDOM, Prune.Unit.WEIGHT, Prune.Site.ALL))) {
                assertTrue(way.summary("m", Outline.of(translator)).contains(said));
                assertTrue(!way.summary("m", Outline.of(decoder)).contains(said));
            }
            Prune ofUnits = prune(Saliency.WANDA, Prune.Unit.HIDDEN, Prune.Site.FEED_FORWARD);
            assertTrue(!ofUnits.summary("m", Outline.of(translator)).contains(said));
        }
    }
}
