package ffmerge.average;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.activation.ActivationRecorder;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.merge.FeedForwardMerger;
import ffmerge.merge.MergePlan;
import ffmerge.merge.OrderedSublayer;
import ffmerge.model.LowRank;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.Permutation;
import ffmerge.torch.Precision;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What merged sublayers become, compared with numpy, which worked it out in float64 by least squares and SVD
 * ({@code averages/generate.py}); for every family, and with fewer rows than units (olmo2).
 */
class AveragesTest {
    private static final double TOLERANCE = 2e-4;

    @TempDir
    private Path folder;

    /** A fixture's model, its sublayers with their units in order, and what enters them. */
    private record Case(
            JsonNode expected,
            TransformerModel model,
            MergePlan.Group group,
            Map<FeedForwardSublayer, Permutation> orders,
            FeedForwardInputs inputs)
            implements AutoCloseable {
        List<OrderedSublayer> sublayers() {
            return FeedForwardMerger.ordered(model.checkpoint(), model.architecture(), group, orders);
        }

        Map<String, float[]> mean() {
            return FeedForwardMerger.values(FeedForwardMerger.mean(sublayers()));
        }

        TransformerModel merged() {
            Architecture architecture = model.architecture();
            MergePlan plan = new MergePlan(List.of(group), MergePlan.Alignment.NONE, 0);
            EditedCheckpoint edit = FeedForwardMerger.merge(
                    model.checkpoint(), architecture, plan, g -> FeedForwardMerger.mean(sublayers()));
            return model.edited(edit, architecture);
        }

        @Override
        public void close() {
            inputs.close();
            model.close();
        }
    }

    private Case open(String family) throws IOException {
        JsonNode expected;
        try (InputStream in = AveragesTest.class.getResourceAsStream("/averages/" + family + ".json")) {
            expected = new ObjectMapper().readTree(in);
        }
        SmallCheckpoint checkpoint =
                new SmallCheckpoint(expected.get("checkpoint").asText());
        TransformerModel model = checkpoint.load(Precision.FLOAT32);
        String stack = expected.get("stack").asText();
        List<Integer> layers = new ArrayList<>();
        expected.get("layers").forEach(layer -> layers.add(layer.asInt()));
        MergePlan.Group group = MergePlan.Group.of(stack, layers, MergePlan.Anchor.FIRST);
        Map<FeedForwardSublayer, Permutation> orders = new HashMap<>();
        for (int i = 1; i < layers.size(); i++) {
            JsonNode order = expected.at("/orders/" + i);
            int[] units = new int[order.size()];
            for (int j = 0; j < units.length; j++) {
                units[j] = order.get(j).asInt();
            }
            orders.put(model.architecture().feedForward(stack, layers.get(i)), new Permutation(units));
        }
        FeedForwardInputs inputs = new FeedForwardInputs(
                layers.stream()
                        .map(layer -> new FeedForwardInputs.Place(stack, layer))
                        .toList(),
                1 << 20,
                folder);
        ActivationRecorder.record(
                model, List.of(checkpoint.batch()), inputs.sites(), 1000, inputs.recorder(), Progress.NONE);
        return new Case(expected, model, group, orders, inputs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "vit", "marian", "llama", "olmo2"})
    void theRegressionMeanSolvesTheLeastSquaresProblem(String family) throws IOException {
        try (Case c = open(family)) {
            assertEquals(
                    c.expected.get("rows").asLong(),
                    c.inputs.rows(c.sublayers().get(0).sublayer()));
            Map<String, float[]> merged = new RegressionMean(c.model, c.inputs, 0.01).of(c.sublayers(), c.mean());
            assertMaps(c, c.expected.get("regression"), merged, TOLERANCE);
        }
    }

    /** Where rows are fewer than what they should decide, the nearest to the mean of all solutions. */
    @ParameterizedTest
    @ValueSource(strings = {"vit", "marian", "llama", "olmo2"})
    void withoutRidgeASingularGramMatrixLeavesTheMeanWhereNothingIsKnown(String family) throws IOException {
        try (Case c = open(family)) {
            Map<String, float[]> merged = new RegressionMean(c.model, c.inputs, 0).of(c.sublayers(), c.mean());
            assertMaps(c, c.expected.get("regressionWithoutRidge"), merged, 5e-3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "vit", "marian", "llama", "olmo2"})
    void unitsCountByWhatTheyAdd(String family) throws IOException {
        try (Case c = open(family)) {
            double[][] shares = new UnitShares(c.model, c.inputs).of(c.sublayers());
            Map<String, float[]> merged =
                    FeedForwardMerger.values(FeedForwardMerger.weightedMean(c.sublayers(), shares));
            assertMaps(c, c.expected.get("weighted"), merged, TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "vit", "marian", "llama", "olmo2"})
    void factorsAreTheLeastSquaresFit(String family) throws IOException {
        try (Case c = open(family);
                TransformerModel merged = c.merged()) {
            OutputFactors fitted = new OutputFactors(c.model, merged, c.inputs);
            for (int i = 0; i < c.group.layers().size(); i++) {
                assertClose(
                        c.expected.at("/factors/" + i),
                        fitted.of(c.sublayers().get(i).sublayer()),
                        1e-3,
                        "factors " + i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "vit", "marian", "llama", "olmo2"})
    void remaindersAreTheBestOfTheirRankForWhatEntersTheMap(String family) throws IOException {
        try (Case c = open(family);
                TransformerModel merged = c.merged()) {
            int rank = c.expected.get("rank").asInt();
            Remainders lost = new Remainders(c.model, merged, c.inputs, rank);
            for (int i = 0; i < c.group.layers().size(); i++) {
                OrderedSublayer ordered = c.sublayers().get(i);
                List<LowRank> found = List.copyOf(lost.of(ordered).values());
                List<String> roles = Remainders.maps(ordered.sublayer());
                for (int m = 0; m < roles.size(); m++) {
                    float[] product = product(found.get(m), rank);
                    assertClose(
                            c.expected.at("/remainders/" + i + "/" + roles.get(m)),
                            product,
                            1e-3,
                            roles.get(m) + " of place " + i);
                }
            }
        }
    }

    /** {@code B A}, row by row. */
    private static float[] product(LowRank low, int rank) {
        int inputs = low.a().length / rank;
        float[] product = new float[low.b().length / rank * inputs];
        for (int k = 0; k < product.length; k++) {
            for (int r = 0; r < rank; r++) {
                product[k] += low.b()[k / inputs * rank + r] * low.a()[r * inputs + k % inputs];
            }
        }
        return product;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "vit", "marian", "llama", "olmo2"})
    void equalSublayersStayAsTheyAreToTheLastBit(String family) throws IOException {
        try (Case c = open(family)) {
            OrderedSublayer first = c.sublayers().get(0);
            List<OrderedSublayer> twice = List.of(first, first);
            Map<String, float[]> same = FeedForwardMerger.values(FeedForwardMerger.mean(twice));
            double[][] shares = new UnitShares(c.model, c.inputs).of(twice);
            List<Function<Map<String, float[]>, Map<String, float[]>>> averages = List.of(
                    mean -> new RegressionMean(c.model, c.inputs, 0.01).of(twice, mean),
                    mean -> new RegressionMean(c.model, c.inputs, 0).of(twice, mean),
                    mean -> FeedForwardMerger.values(FeedForwardMerger.weightedMean(twice, shares)));
            for (Function<Map<String, float[]>, Map<String, float[]>> average : averages) {
                Map<String, float[]> merged = average.apply(same);
                for (FeedForwardTensor tensor : first.sublayer().tensors()) {
                    assertArrayEquals(first.values(tensor), merged.get(tensor.role()), 1e-7f, tensor.name());
                }
            }
        }
    }

    /** Compares each map with numpy's, which are [out, in]. */
    private static void assertMaps(Case c, JsonNode expected, Map<String, float[]> merged, double tolerance) {
        for (FeedForwardTensor tensor : c.sublayers().get(0).sublayer().tensors()) {
            boolean bias = tensor.role().endsWith(FeedForwardTensor.BIAS);
            String map = bias ? tensor.role().replace(FeedForwardTensor.BIAS, "") : tensor.role();
            float[] values = merged.get(tensor.role());
            String outputs = map.equals(FeedForwardTensor.DOWN) ? FeedForwardTensor.MODEL : FeedForwardTensor.HIDDEN;
            boolean turned = !bias && !tensor.axes().get(0).equals(outputs);
            float[] asNumpy = turned ? turned(values, tensor.shape().get(0).intValue()) : values;
            assertClose(expected.get(map).get(bias ? "bias" : "weight"), asNumpy, tolerance, tensor.role());
        }
    }

    private static float[] turned(float[] values, int rows) {
        int columns = values.length / rows;
        float[] turned = new float[values.length];
        for (int k = 0; k < values.length; k++) {
            turned[k % columns * rows + k / columns] = values[k];
        }
        return turned;
    }

    /** Within a share of the largest value. */
    private static void assertClose(JsonNode expected, float[] actual, double tolerance, String what) {
        assertEquals(expected.size(), actual.length, what);
        double largest = 0;
        double error = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected.get(i).asDouble()));
            error = Math.max(error, Math.abs(expected.get(i).asDouble() - actual[i]));
        }
        assertEquals(0, error / largest, tolerance, what);
    }
}
