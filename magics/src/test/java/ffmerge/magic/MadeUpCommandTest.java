package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Option;
import ffmerge.magic.command.Options;
import ffmerge.magic.command.Session;
import ffmerge.magic.typing.HelpText;
import ffmerge.magic.typing.MagicCompletion;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.shrink.Ways;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A command that ffmerge doesn't know works to its end once it stands in the list. */
class MadeUpCommandTest extends MadeUpTests {
    private static final Option<Integer> TIMES =
            Option.whole("times", 1, "how often").orElse(3);
    private static final Option<String> VOICE =
            Option.choice("voice", "how loud", "soft", "loud").orElse("soft");

    private record CountResult(int times) implements Result {}

    /** Counts as often as it is told. */
    private static final class CountCommand implements Command {
        @Override
        public CommandSpec spec() {
            return new CommandSpec(
                    "count",
                    "NAME",
                    1,
                    1,
                    CommandSpec.Takes.LOADED_MODEL,
                    "counts a model",
                    "%ffmerge count base --times 3",
                    CommandSpec.Makes.RESULT,
                    List.of(TIMES, VOICE, Options.AS_RESULT));
        }

        @Override
        public Class<CountResult> result() {
            return CountResult.class;
        }

        @Override
        public Result run(Arguments arguments, Session session, Host host) {
            int times = arguments.get(TIMES);
            return new CountResult(arguments.get(VOICE).equals("soft") ? times : 2 * times);
        }
    }

    MadeUpCommandTest() {
        super(Commands.BUILT_IN.with(new CountCommand()), Ways.BUILT_IN, Session.VIEWS);
    }

    @Test
    void itRunsIsShownBoundAndLogged() {
        host.variables.put("n", 5);
        run("- count: base\n  times: n\n  as: counted\n");
        assertEquals(List.of(new CountResult(5)), host.results);
        assertEquals(new CountResult(5), host.variables.get("counted"));
        Run logged = session.log().read(1).get(0);
        assertEquals("count", logged.command());
        assertEquals(5, logged.result().get("times").asInt());
        assertEquals(5, logged.options().get("times"), "not the variable's name");
        assertEquals("soft", logged.options().get("voice"));
    }

    @Test
    void itIsHelpedWithAndCompleted() {
        assertTrue(HelpText.overview(session.commands().specs()).text().contains("counts a model"));
        HelpText help = HelpText.at("%ffmerge count base --times 2", 24, session.commands())
                .orElseThrow();
        assertTrue(help.text().contains("how often (default: 3)"), help.text());
        assertEquals(List.of("count"), proposals("%ffmerge cou"));
        assertEquals(List.of("--voice"), proposals("%ffmerge count base --v"));
        assertEquals(List.of("loud"), proposals("%ffmerge count base --voice l"));
        host.run("help count", session);
    }

    private List<String> proposals(String line) {
        return MagicCompletion.at(line, line.length(), session).orElseThrow().proposals().stream()
                .map(MagicCompletion.Proposal::text)
                .toList();
    }

    @Test
    void anUnknownWordIsComparedWithIt() {
        assertTrue(host.refusal("counts base", session).contains("did you mean 'count'?"));
        assertEquals(Map.of(), Map.copyOf(host.variables));
    }
}
