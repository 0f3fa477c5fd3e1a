package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.fixture.CopyFirst;
import ffmerge.fixture.HalveWidths;
import ffmerge.journal.Scoreboard;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Option;
import ffmerge.magic.command.Session;
import ffmerge.magic.command.ShrinkCommands;
import ffmerge.magic.typing.HelpText;
import ffmerge.magic.typing.MagicCompletion;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Choice;
import ffmerge.shrink.Choices;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.Shrinking;
import ffmerge.shrink.Way;
import ffmerge.shrink.Ways;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Ways to shrink that ffmerge doesn't know work to the end once they stand in the list: a class and a command each. */
class MadeUpWayTest extends MadeUpTests {
    private static final long PARAMETERS = 2_936_576;
    /** Of an FF sublayer of the demo's GPT-2: 128 by 512. */
    private static final long FEED_FORWARD = 2 * 128 * 512 + 512 + 128;

    private static final long HALF_OF_ONE = 128 * 512 + 256;

    private static final Choice<Integer> GAP =
            new Choice<>("gap", "how many layers are skipped", new Choice.Form.Whole(0), 0);

    private static final Way SKIPPING = Way.onWindows(
            "skip",
            "skipped",
            2,
            0,
            List.of(GAP),
            (layers, choices) -> new CopyFirst("decoder", layers.get("decoder")));

    private static final Ways WAYS = Ways.BUILT_IN.with(CopyFirst.WAY, HalveWidths.WAY);

    private static final class HalveCommand implements Command {
        @Override
        public CommandSpec spec() {
            List<Option<?>> options = Commands.BUILT_IN.named("drop").spec().options();
            return new CommandSpec(
                    "halve",
                    "NAME",
                    1,
                    1,
                    CommandSpec.Takes.LOADED_MODEL,
                    "halves FF sublayers",
                    "%ffmerge halve base --as narrow",
                    CommandSpec.Makes.MODEL,
                    options);
        }

        @Override
        public Class<ShrinkResult> result() {
            return ShrinkResult.class;
        }

        @Override
        public Result run(Arguments arguments, Session session, Host host) {
            return ShrinkCommands.run(new HalveWidths(), arguments, session, host);
        }
    }

    MadeUpWayTest() {
        super(Commands.BUILT_IN.with(new HalveCommand()), WAYS, Session.VIEWS);
    }

    @Test
    void oneOfWholeModelsIsPredictedRunLoggedAndSetBesideThePaper() {
        DryRun predicted = (DryRun) run("- halve: base\n  dry-run: true\n");
        ShrinkResult halved = (ShrinkResult) run("- halve: base\n  as: narrow\n");
        assertEquals("halve", predicted.command());
        assertEquals(PARAMETERS - 12 * HALF_OF_ONE, predicted.parametersAfter());
        assertEquals(predicted.parametersAfter(), halved.parametersAfter());
        assertEquals(halved.parametersBefore() - halved.parametersAfter(), 12 * HALF_OF_ONE);
        assertEquals(4 * 12 * HALF_OF_ONE, halved.bytesBefore() - halved.bytesAfter());
        TransformerModel narrow = session.models().get("narrow");
        assertEquals(256, narrow.architecture().stacks().get(0).feedForwardWidth());
        assertEquals("gpt2-novels > halve", session.lineage("narrow").toString());
        assertTrue(
                ResultText.of(Session.VIEWS, halved)
                        .startsWith(
                                "narrow: base with half the units in each FF sublayer; 2,936,576 → 2,147,072 parameters"),
                ResultText.of(Session.VIEWS, halved));

        double whole = ((EvalResult) run("- eval: base\n  limit: 2\n")).value();
        double half = ((EvalResult) run("- eval: narrow\n  limit: 2\n")).value();
        assertTrue(half > whole, whole + " → " + half);

        List<Run> runs = session.log().read(10);
        assertEquals(
                List.of("halve", "eval", "eval"),
                runs.stream().map(Run::command).toList());
        assertEquals(session.lineage("narrow"), runs.get(0).made().get("narrow").history());
        ScoreboardResult.Row row = Scoreboard.of(runs, WAYS).rows().get(0);
        assertEquals("halve halved", row.method() + " " + row.title());
        assertEquals(half / whole - 1, row.change(), 1e-9);
        assertEquals(1 - (double) halved.parametersAfter() / PARAMETERS, row.parametersRemoved(), 1e-12);
        assertTrue(
                row.differs().contains("halved, theirs permuted"), row.differs().toString());

        run("- quantize: narrow\n  as: narrow4\n- eval: narrow4\n  limit: 2\n");
        ScoreboardResult.Row stacked =
                Scoreboard.of(session.log().read(10), WAYS).rows().get(1);
        assertEquals("halve + nf4, halved + in NF4", stacked.method() + ", " + stacked.title());
    }

    @Test
    void oneOnWindowsIsSweptBesideTheOthers() {
        String sweep = "- sweep: base\n  length: 10\n  methods: copy,none,drop\n  limit: 2\n";
        DryRun predicted = (DryRun) run(sweep + "  dry-run: true\n");
        assertTrue(predicted.seconds() > 0);
        Path picture = folder.resolve("windows.png");
        SweepResult swept = (SweepResult) run(sweep + "  out: " + picture + "\n");
        assertTrue(Files.isRegularFile(picture));
        assertEquals(9, swept.rows().size());
        SweepResult.Row first = swept.rows().get(0);
        assertEquals("copy", first.method());
        assertEquals(9 * FEED_FORWARD, first.parametersRemoved());
        assertEquals(9, first.feedForwardsRemoved());
        assertEquals("copied", swept.method("copy").title());
        assertTrue(ResultText.of(Session.VIEWS, swept).contains("copied"));
        assertEquals(
                3,
                swept.rows().stream()
                        .map(SweepResult.Row::value)
                        .distinct()
                        .limit(3)
                        .count());

        ScoreboardResult.Row row =
                Scoreboard.of(session.log().read(10), WAYS).rows().get(0);
        assertEquals("copied", row.title());
        assertEquals("copy", row.method());
        assertEquals(swept.best().value(), row.value(), 1e-12);
        assertEquals(swept.baseline(), row.baseline(), 1e-12);
        assertEquals(9 / 12., row.feedForwardsRemoved(), 1e-12);
        assertEquals(9. * FEED_FORWARD / PARAMETERS, row.parametersRemoved(), 1e-12);
    }

    @Test
    void aProgramGoesItWithoutACommand() {
        Shrink way = WAYS.onWindows("copy", Choices.NONE).shrink().apply(Map.of("decoder", List.of(3, 4, 5)));
        Shrinking copied = Shrinking.run("base", "small", session.models().get("base"), way);
        try (TransformerModel small = copied.model()) {
            assertEquals(PARAMETERS - 2 * FEED_FORWARD, small.parameters().uniqueCount());
            assertEquals(way.step().removing(copied.step().removed()), copied.step());
            assertEquals(2, copied.step().removed().feedForwards());
            assertEquals(
                    List.of(new Step.Group("decoder", List.of(3, 4, 5))),
                    copied.result().sharing());
        }
    }

    @Test
    void helpAndCompletionOfTheSweepKnowIt() {
        String help = HelpText.of(session.commands().named("sweep").spec()).text();
        assertTrue(help.contains("--methods permute,none,random,drop,copy "), help);
        String cell = "%ffmerge sweep base --methods c";
        assertEquals(
                List.of("copy"),
                MagicCompletion.at(cell, cell.length(), session).orElseThrow().proposals().stream()
                        .map(MagicCompletion.Proposal::text)
                        .toList());
    }

    @Test
    void whatItLetsChooseIsAnOptionOfTheSweep() {
        Command sweep = new Session(
                        Commands.BUILT_IN, WAYS.with(SKIPPING), Session.VIEWS, session.shelf(), session.state())
                .commands()
                .named("sweep");
        assertEquals(
                "how many layers are skipped",
                sweep.spec().option("gap").orElseThrow().help());
        assertTrue(session.commands().named("sweep").spec().option("gap").isEmpty(), "this session doesn't know it");
    }

    @Test
    void anUnknownMethodIsComparedWithIt() {
        assertEquals(
                "there is no method 'kopy'; did you mean 'copy'? Methods are permute, none, random, drop, copy",
                host.refusal("sweep base --length 2 --methods kopy", session));
        assertEquals(
                "'halve' takes no windows; methods are permute, none, random, drop, copy",
                host.refusal("sweep base --length 2 --methods halve", session));
    }
}
