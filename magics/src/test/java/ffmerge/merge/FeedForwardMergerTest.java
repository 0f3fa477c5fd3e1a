package ffmerge.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.fixture.TinyGpt2;
import ffmerge.merge.MergePlan.Alignment;
import ffmerge.merge.MergePlan.Anchor;
import ffmerge.merge.MergePlan.Group;
import ffmerge.permutation.Permutation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FeedForwardMergerTest {
    private static final int MODEL = 6;
    private static final int UNITS = 5;

    @TempDir
    private Path folder;

    private Checkpoint checkpoint;
    private Architecture architecture;

    @BeforeEach
    void open() {
        open(new TinyGpt2(6).width(MODEL, 2).units(UNITS));
    }

    private void open(TinyGpt2 model) {
        model.writeTo(folder);
        architecture = Architecture.of(ModelConfig.read(folder.resolve("config.json")));
        checkpoint = Checkpoint.open(folder);
    }

    @AfterEach
    void close() {
        checkpoint.close();
    }

    private static MergePlan plan(Group... groups) {
        return new MergePlan(List.of(groups), Alignment.PERMUTE, 0);
    }

    private static Group group(Anchor anchor, Integer... layers) {
        return Group.of("decoder", List.of(layers), anchor);
    }

    private EditedCheckpoint merge(MergePlan plan, Map<Integer, Permutation> orders) {
        return merge(checkpoint, plan, orders);
    }

    private EditedCheckpoint merge(Checkpoint from, MergePlan plan, Map<Integer, Permutation> orders) {
        Map<FeedForwardSublayer, Permutation> bySublayer = new HashMap<>();
        orders.forEach((layer, order) -> bySublayer.put(architecture.feedForward("decoder", layer), order));
        return FeedForwardMerger.merge(from, architecture, plan, bySublayer);
    }

    private static String up(int layer) {
        return "transformer.h." + layer + ".mlp.c_fc.weight";
    }

    private static String upBias(int layer) {
        return "transformer.h." + layer + ".mlp.c_fc.bias";
    }

    private static String down(int layer) {
        return "transformer.h." + layer + ".mlp.c_proj.weight";
    }

    private static String downBias(int layer) {
        return "transformer.h." + layer + ".mlp.c_proj.bias";
    }

    private static Stream<String> feedForward(int layer) {
        return Stream.of(up(layer), upBias(layer), down(layer), downBias(layer));
    }

    @ParameterizedTest
    @EnumSource
    void theMeanIsOverSublayersWhoseUnitsWereReordered(Anchor anchor) {
        SplittableRandom random = new SplittableRandom(1);
        Group group = group(anchor, 1, 2, 4);
        Map<Integer, Permutation> orders = new HashMap<>();
        group.others().forEach(layer -> orders.put(layer, Permutation.random(UNITS, random)));
        EditedCheckpoint merged = merge(plan(group), orders);

        double[] upMean = new double[MODEL * UNITS];
        double[] upBiasMean = new double[UNITS];
        double[] downMean = new double[UNITS * MODEL];
        double[] downBiasMean = new double[MODEL];
        for (int layer : group.layers()) {
            // unit order[h] takes place h: a column of c_fc, a row of c_proj
            int[] order =
                    orders.getOrDefault(layer, Permutation.identity(UNITS)).order();
            float[] upWeight = checkpoint.read(up(layer));
            float[] downWeight = checkpoint.read(down(layer));
            for (int h = 0; h < UNITS; h++) {
                upBiasMean[h] += checkpoint.read(upBias(layer))[order[h]] / 3.0;
                for (int m = 0; m < MODEL; m++) {
                    upMean[m * UNITS + h] += upWeight[m * UNITS + order[h]] / 3.0;
                    downMean[h * MODEL + m] += downWeight[order[h] * MODEL + m] / 3.0;
                }
            }
            for (int m = 0; m < MODEL; m++) {
                downBiasMean[m] += checkpoint.read(downBias(layer))[m] / 3.0;
            }
        }
        for (int layer : group.layers()) {
            assertClose(upMean, merged.read(up(layer)));
            assertClose(upBiasMean, merged.read(upBias(layer)));
            assertClose(downMean, merged.read(down(layer)));
            assertClose(downBiasMean, merged.read(downBias(layer)));
        }
    }

    private static void assertClose(double[] expected, float[] actual) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 1e-7);
        }
    }

    @Test
    void allElseStaysAsItWas() {
        EditedCheckpoint merged = merge(plan(group(Anchor.FIRST, 1, 2, 4)), Map.of());
        List<String> changed =
                Stream.of(1, 2, 4).flatMap(FeedForwardMergerTest::feedForward).toList();
        for (ModelTensor tensor : architecture.tensors()) {
            boolean same = Arrays.equals(checkpoint.read(tensor.name()), merged.read(tensor.name()));
            assertEquals(!changed.contains(tensor.name()), same, tensor.name());
        }
        assertEquals(
                architecture.tensors().stream().map(ModelTensor::name).toList(),
                List.copyOf(merged.contents().keySet()));
    }

    @Test
    void aGroupIsOneSetOfParametersUnderTheNamesOfItsFirstLayer() {
        EditedCheckpoint merged = merge(plan(group(Anchor.LAST, 1, 2, 4)), Map.of());
        Map<String, String> ties = new HashMap<>();
        for (int layer : new int[] {2, 4}) {
            ties.put(up(layer), up(1));
            ties.put(upBias(layer), upBias(1));
            ties.put(down(layer), down(1));
            ties.put(downBias(layer), downBias(1));
        }
        assertEquals(ties, merged.ties().keptByAlias());
        long sublayer = architecture.feedForward("decoder", 1).parameters();
        assertEquals(architecture.parameters() - 2 * sublayer, parameters(merged));
        assertEquals(sublayer, merged.newElements());
    }

    private static long parameters(Checkpoint checkpoint) {
        return checkpoint.tensors().values().stream()
                .mapToLong(spec -> spec.elements())
                .sum();
    }

    @Test
    void identicalSublayersAreTheirOwnMean() {
        checkpoint.close();
        open(new TinyGpt2(6).width(MODEL, 2).units(UNITS).identicalLayers());
        EditedCheckpoint merged = merge(plan(group(Anchor.MIDDLE, 0, 1, 2, 3, 4, 5)), Map.of());
        for (ModelTensor tensor : architecture.tensors()) {
            assertArrayEquals(checkpoint.read(tensor.name()), merged.read(tensor.name()), tensor.name());
        }
    }

    @Test
    void aSublayerAndItsReorderedTwinMergeIntoItself() {
        Permutation shuffled = new Permutation(new int[] {2, 0, 4, 1, 3});
        FeedForwardSublayer first = architecture.feedForward("decoder", 0);
        Map<String, EditedCheckpoint.Content> contents = new LinkedHashMap<>();
        Map<String, TensorSpec> specs = new HashMap<>();
        architecture.tensors().forEach(t -> {
            contents.put(t.name(), new EditedCheckpoint.Content.Original(t.name()));
            specs.put(t.name(), t.spec(DType.F32));
        });
        for (FeedForwardTensor tensor : first.tensors()) {
            float[] reordered = FeedForwardMerger.reorder(checkpoint.read(tensor.name()), tensor, shuffled);
            contents.put(tensor.name().replace("h.0.", "h.3."), new EditedCheckpoint.Content.Values(reordered));
        }
        Checkpoint twins = new EditedCheckpoint(checkpoint, contents, specs);
        assertFalse(Arrays.equals(twins.read(up(0)), twins.read(up(3))));
        EditedCheckpoint merged = merge(twins, plan(group(Anchor.FIRST, 0, 3)), Map.of(3, shuffled.inverse()));
        feedForward(0).forEach(name -> assertArrayEquals(checkpoint.read(name), merged.read(name), name));
    }

    @Test
    void severalGroupsAreMergedEachForItself() {
        EditedCheckpoint both = merge(plan(group(Anchor.FIRST, 0, 5), group(Anchor.LAST, 1, 3, 4)), Map.of());
        EditedCheckpoint one = merge(plan(group(Anchor.FIRST, 0, 5)), Map.of());
        EditedCheckpoint other = merge(plan(group(Anchor.LAST, 1, 3, 4)), Map.of());
        feedForward(5).forEach(name -> assertArrayEquals(one.read(name), both.read(name)));
        feedForward(4).forEach(name -> assertArrayEquals(other.read(name), both.read(name)));
        feedForward(2).forEach(name -> assertArrayEquals(checkpoint.read(name), both.read(name)));
        assertEquals(4 + 8, both.ties().keptByAlias().size());
    }

    @Test
    void aMergedModelCanBeMergedAgainAndEveryTieFindsAKeptTensor() {
        EditedCheckpoint once = merge(plan(group(Anchor.FIRST, 1, 2, 3)), Map.of());
        // takes the layer under whose name the first group is kept
        EditedCheckpoint twice = merge(once, plan(group(Anchor.FIRST, 0, 1)), Map.of());
        assertEquals(up(0), twice.ties().keptName(up(1)));
        assertEquals(up(2), twice.ties().keptName(up(3)));
        assertEquals(8, twice.ties().keptByAlias().size());
        assertArrayEquals(once.read(up(3)), twice.read(up(3)));
        float[] first = checkpoint.read(up(0));
        float[] mean = once.read(up(1));
        for (int i = 0; i < first.length; i++) {
            assertEquals((first[i] + (double) mean[i]) / 2, twice.read(up(1))[i], 1e-7);
        }
        twice.ties()
                .keptByAlias()
                .values()
                .forEach(kept -> assertTrue(twice.tensors().containsKey(kept)));
    }

    @Test
    void mergingEveryLayerAgainCountsEachPlaceOnce() {
        EditedCheckpoint once = merge(plan(group(Anchor.FIRST, 0, 1)), Map.of());
        EditedCheckpoint all = merge(once, plan(group(Anchor.FIRST, 0, 1, 2)), Map.of());
        float[] pair = once.read(up(0));
        float[] third = checkpoint.read(up(2));
        for (int i = 0; i < pair.length; i++) {
            assertEquals((2.0 * pair[i] + third[i]) / 3, all.read(up(1))[i], 1e-7);
        }
        assertEquals(
                architecture.parameters()
                        - 2 * architecture.feedForward("decoder", 0).parameters(),
                parameters(all));
    }

    @Test
    void aPlanThatDoesNotFitChangesNothing() {
        UserError error = assertThrows(UserError.class, () -> merge(plan(group(Anchor.FIRST, 4, 5, 6)), Map.of()));
        assertEquals("there is no layer 6: the decoder has layers 0 to 5", error.getMessage());
    }
}
