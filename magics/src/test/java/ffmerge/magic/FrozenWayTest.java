package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.fixture.FreezeUp;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Option;
import ffmerge.magic.command.Session;
import ffmerge.magic.command.ShrinkCommands;
import ffmerge.model.TransformerModel;
import ffmerge.result.Result;
import ffmerge.result.ShrinkResult;
import ffmerge.shrink.Ways;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a way to shrink declares as not to be trained stays bit by bit, whatever is done to the model afterwards. */
class FrozenWayTest extends MadeUpTests {
    /** Enough to make a model better that lost half of its units: what was best is kept. */
    private static final String STEPS = "steps: 6\n  batch: 2\n  rate: 1e-3\n  context: 32\n  limit: 4";

    private static final String UP = "transformer.h.%d.mlp.c_fc.weight";
    private static final Option<String> PART =
            Option.text("part", "NAME", "what isn't tuned").orElse("mlp.c_fc.");

    private static final class FreezeCommand implements Command {
        @Override
        public CommandSpec spec() {
            List<Option<?>> options =
                    new ArrayList<>(Commands.BUILT_IN.named("drop").spec().options());
            options.add(PART);
            return new CommandSpec(
                    "freeze",
                    "NAME",
                    1,
                    1,
                    CommandSpec.Takes.LOADED_MODEL,
                    "halves FF sublayers",
                    "%ffmerge freeze base --as narrow",
                    CommandSpec.Makes.MODEL,
                    options);
        }

        @Override
        public Class<ShrinkResult> result() {
            return ShrinkResult.class;
        }

        @Override
        public Result run(Arguments arguments, Session session, Host host) {
            return ShrinkCommands.run(new FreezeUp(arguments.get(PART)), arguments, session, host);
        }
    }

    FrozenWayTest() {
        super(Commands.BUILT_IN.with(new FreezeCommand()), Ways.BUILT_IN.with(FreezeUp.WAY), Session.VIEWS);
    }

    private float[] values(String model, String name) {
        return session.models().get(model).checkpoint().read(name);
    }

    private void assertTunedButForUp(String before, String after) {
        for (int layer = 0; layer < 12; layer++) {
            String up = String.format(UP, layer);
            assertArrayEquals(values(before, up), values(after, up), up);
        }
        for (String other : List.of("transformer.wte.weight", "transformer.h.3.mlp.c_proj.weight")) {
            assertFalse(Arrays.equals(values(before, other), values(after, other)), other);
        }
    }

    private TransformerModel model(String name) {
        return session.models().get(name);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tuningLeavesItAsItIs(boolean recompute) {
        run("- freeze: base\n  as: narrow\n");
        long up = 12 * (128 * 256 + 256);
        assertEquals(
                model("narrow").parameters().uniqueCount() - up,
                model("narrow").parameters().learnedCount());
        run("- tune: narrow\n  " + STEPS + "\n  recompute: " + recompute + "\n  as: tuned\n");
        assertTunedButForUp("narrow", "tuned");
        assertEquals(
                model("narrow").parameters().frozen(),
                model("tuned").parameters().frozen());
    }

    @Test
    void itStaysSoAfterOtherWaysAndOnDisk() {
        run("- freeze: base\n  as: narrow\n");
        Path saved = folder.resolve("saved");
        run("- save: [narrow, " + saved + "]\n  dtype: float32\n- load: " + saved + "\n  as: again\n");
        run("- tune: again\n  " + STEPS + "\n  as: tuned\n");
        assertTunedButForUp("again", "tuned");

        run("- drop: tuned\n  window: 0-0\n  as: shorter\n");
        assertEquals(11 * 2, model("shorter").parameters().frozen().size(), "with their biases, under their new names");
        assertTrue(model("shorter").parameters().frozen().contains(String.format(UP, 10)));

        run("- tune: narrow\n  adapters: shared\n  rank: 1\n  " + STEPS + "\n  as: adapted\n"
                + "- fold: adapted\n  as: folded\n");
        assertEquals(
                model("narrow").parameters().frozen(),
                model("folded").parameters().frozen());
    }

    @Test
    void layersThatAreMergedAfterwardsAreTrainedAnew() {
        run("- freeze: base\n  as: narrow\n- merge: narrow\n  window: 3-5\n  align: none\n  as: merged\n");
        assertEquals(9 * 2, model("merged").parameters().frozen().size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void embeddingsMayBeFrozenToo(boolean recompute) {
        run("- freeze: base\n  part: transformer.w\n  as: narrow\n"); // both embeddings, and so the head
        assertEquals(2, model("narrow").parameters().frozen().size());
        run("- tune: narrow\n  " + STEPS + "\n  recompute: " + recompute + "\n  as: tuned\n");
        assertArrayEquals(values("narrow", "transformer.wte.weight"), values("tuned", "transformer.wte.weight"));
        assertFalse(Arrays.equals(values("narrow", String.format(UP, 0)), values("tuned", String.format(UP, 0))));
    }

    @Test
    void aModelOfWhichAllIsFrozenIsNotTuned() {
        run("- freeze: base\n  part: transformer\n  as: narrow\n");
        assertEquals(
                "all weights of 'narrow' are frozen by the way that it was made smaller, so nothing is left to tune:"
                        + " --adapters shared trains adapters beside them",
                assertThrows(UserError.class, () -> run("- tune: narrow\n  steps: 1\n  as: tuned\n"))
                        .getMessage()
                        .replaceFirst("^step 1: ", ""));
    }
}
