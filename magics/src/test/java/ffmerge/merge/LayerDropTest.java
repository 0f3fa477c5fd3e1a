package ffmerge.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.fixture.TinyGpt2;
import ffmerge.merge.MergePlan.Alignment;
import ffmerge.merge.MergePlan.Anchor;
import ffmerge.merge.MergePlan.Group;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerDropTest {
    @TempDir
    private Path folder;

    private Checkpoint checkpoint;
    private Architecture architecture;

    @BeforeEach
    void open() {
        new TinyGpt2(5).writeTo(folder);
        architecture = Architecture.of(ModelConfig.read(folder.resolve("config.json")));
        checkpoint = Checkpoint.open(folder);
    }

    @AfterEach
    void close() {
        checkpoint.close();
    }

    private static LayerDrop drop(Integer... layers) {
        return new LayerDrop("decoder", List.of(layers));
    }

    @Test
    void theLayersBehindAGapMoveUp() {
        LayerDrop drop = drop(3, 1);
        EditedCheckpoint dropped = drop.apply(checkpoint, architecture);
        Architecture after = drop.architecture(architecture);
        assertEquals(3, after.stack("decoder").layers());
        assertEquals(
                after.tensors().stream().map(ModelTensor::name).toList(),
                List.copyOf(dropped.tensors().keySet()));
        int[] kept = {0, 2, 4};
        for (ModelTensor tensor : after.tensors()) {
            String old = tensor.layer() < 0
                    ? tensor.name()
                    : tensor.name().replace("h." + tensor.layer() + ".", "h." + kept[tensor.layer()] + ".");
            assertArrayEquals(checkpoint.read(old), dropped.read(tensor.name()), tensor.name());
        }
        assertEquals(0, dropped.newElements());
    }

    @Test
    void tiesBetweenLayersThatStayAreKeptUnderTheFirstOfTheirNewNames() {
        MergePlan plan = new MergePlan(List.of(Group.of("decoder", List.of(1, 2, 4), Anchor.FIRST)), Alignment.NONE, 0);
        EditedCheckpoint merged = FeedForwardMerger.merge(checkpoint, architecture, plan, Map.of());
        EditedCheckpoint dropped = drop(0, 1).apply(merged, architecture);
        String first = "transformer.h.0.mlp.c_fc.weight";
        String third = "transformer.h.2.mlp.c_fc.weight";
        assertEquals(first, dropped.ties().keptName(third));
        assertEquals(4, dropped.ties().keptByAlias().size());
        assertArrayEquals(merged.read("transformer.h.4.mlp.c_fc.weight"), dropped.read(third));
        assertArrayEquals(
                checkpoint.read("transformer.h.3.mlp.c_fc.weight"), dropped.read("transformer.h.1.mlp.c_fc.weight"));
    }

    @Test
    void droppingTheOtherLayersOfATieLeavesNone() {
        MergePlan plan = new MergePlan(List.of(Group.of("decoder", List.of(1, 2), Anchor.FIRST)), Alignment.NONE, 0);
        EditedCheckpoint merged = FeedForwardMerger.merge(checkpoint, architecture, plan, Map.of());
        assertEquals(Map.of(), drop(1).apply(merged, architecture).ties().keptByAlias());
    }

    @Test
    void aLayerThatIsNamedTwiceGoesOnce() {
        assertEquals(List.of(1, 2), drop(2, 1, 2).layers());
    }

    @Test
    void aLayerThatIsNotThereIsNamed() {
        assertEquals(
                "there is no layer 5: the decoder has layers 0 to 4",
                assertThrows(UserError.class, () -> drop(4, 5).apply(checkpoint, architecture))
                        .getMessage());
    }

    @Test
    void someLayerGoesAndSomeLayerStays() {
        assertEquals(
                "dropping all 5 layers of the decoder leaves nothing",
                assertThrows(UserError.class, () -> drop(0, 1, 2, 3, 4).apply(checkpoint, architecture))
                        .getMessage());
        assertEquals(
                "dropping takes at least one layer",
                assertThrows(UserError.class, LayerDropTest::drop).getMessage());
    }
}
