package ffmerge.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.Stack;
import ffmerge.architecture.Window;
import ffmerge.fixture.TinyGpt2;
import ffmerge.merge.MergePlan.Alignment;
import ffmerge.merge.MergePlan.Anchor;
import ffmerge.merge.MergePlan.Group;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergePlanTest {
    @TempDir
    private static Path folder;

    private static Architecture gpt2(int layers) {
        try {
            Path config = Files.writeString(folder.resolve("config.json"), new TinyGpt2(layers).configText());
            return Architecture.of(ModelConfig.read(config));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertRefused(String message, Executable attempt) {
        assertEquals(message, assertThrows(UserError.class, attempt).getMessage());
    }

    private static MergePlan plan(Group... groups) {
        return new MergePlan(List.of(groups), Alignment.NONE, 0);
    }

    private static Group group(Integer... layers) {
        return Group.of("decoder", List.of(layers), Anchor.FIRST);
    }

    @ParameterizedTest
    @CsvSource({"FIRST, 2", "MIDDLE, 7", "LAST, 9"})
    void theAnchorIsOneOfTheLayersInTheirOrder(Anchor anchor, int layer) {
        // the middle is layers[k/2], as in the paper's code
        Group group = Group.of("decoder", List.of(9, 2, 7, 4), anchor);
        assertEquals(List.of(2, 4, 7, 9), group.layers());
        assertEquals(layer, group.anchor());
        assertEquals(group.layers().stream().filter(l -> l != layer).toList(), group.others());
    }

    @ParameterizedTest
    @CsvSource({"first, FIRST", "Middle, MIDDLE", "LAST, LAST"})
    void anchorsAndAlignmentsHaveNames(String label, Anchor anchor) {
        assertEquals(anchor, Anchor.parse(label));
        assertEquals(label.toLowerCase(), anchor.label());
        for (Alignment alignment : Alignment.values()) {
            assertEquals(alignment, Alignment.parse(alignment.label()));
        }
    }

    @Test
    void aNameThatIsNoneIsShownWithThoseThatAre() {
        assertRefused("there is no anchor 'frist'; there are first, middle, last", () -> Anchor.parse("frist"));
        assertRefused("there is no alignment ''; there are permute, none, random", () -> Alignment.parse(""));
    }

    @Test
    void oneLayerIsNothingToMerge() {
        assertRefused("merging takes at least two layers; [3] is one", () -> group(3));
        assertRefused("merging takes at least two layers; none are named", () -> group());
    }

    @Test
    void aLayerIsNamedOnce() {
        assertRefused("a layer is named twice in [3, 3, 4]", () -> group(4, 3, 3));
    }

    @Test
    void theAnchorBelongsToTheGroup() {
        assertRefused("the anchor 5 is not one of the layers [3, 4]", () -> new Group("decoder", List.of(3, 4), 5));
    }

    @Test
    void everyLayerIsOneOfTheModels() {
        assertRefused(
                "there is no layer 4: the decoder has layers 0 to 3",
                () -> plan(group(2, 3, 4)).requireFits(gpt2(4)));
        assertRefused(
                "there is no layer -1: the decoder has layers 0 to 3",
                () -> plan(group(-1, 2)).requireFits(gpt2(4)));
    }

    @Test
    void theStackIsOneOfTheModels() {
        MergePlan plan = plan(Group.of("encoder", List.of(0, 1), Anchor.FIRST));
        assertRefused("GPT-2 has no stack 'encoder'; it has decoder", () -> plan.requireFits(gpt2(4)));
    }

    @Test
    void groupsShareNoLayer() {
        plan(group(0, 2), group(1, 3)).requireFits(gpt2(4));
        assertRefused(
                "layer 2 of the decoder is in two groups",
                () -> plan(group(0, 2), group(2, 3)).requireFits(gpt2(4)));
    }

    @Test
    void sublayersOfAGroupHaveOneWidth() {
        Architecture gpt2 = gpt2(1);
        FeedForwardSublayer of48 = gpt2.feedForward("decoder", 0);
        FeedForwardSublayer of24 = new FeedForwardSublayer("decoder", 1, 24, of48.tensors());
        Architecture mixed = new Architecture(
                gpt2.family(),
                gpt2.title(),
                gpt2.task(),
                gpt2.pass(),
                gpt2.config(),
                gpt2.settings(),
                List.of(new Stack("decoder", List.of(of48, of24), List.of("n_layer"))),
                gpt2.tensors(),
                gpt2.ties(),
                gpt2.fused());
        assertRefused(
                "the FF sublayers of layers [0, 1] differ in width: 48, 24",
                () -> plan(group(0, 1)).requireFits(mixed));
    }

    @Test
    void theBestWindowOfGpt2LargeLeavesThePublishedNumberOfParameters() {
        Architecture large = Architecture.of(ModelConfig.published("gpt2-large").orElseThrow());
        Group window = Group.of("decoder", new Window(22, 34).layers(), Anchor.FIRST);
        plan(window).requireFits(large);
        long left = large.parameters()
                - window.others().stream()
                        .mapToLong(layer -> large.feedForward("decoder", layer).parameters())
                        .sum();
        assertEquals(616_666_880, left);
        assertEquals(20.33, 100.0 * (large.parameters() - left) / large.parameters(), 0.005);
    }
}
