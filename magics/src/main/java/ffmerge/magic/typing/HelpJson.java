package ffmerge.magic.typing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.HelpResult;
import ffmerge.view.ResultJson;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What {@code help} knows of the commands, as JSON: the documentation's pages are made of it. */
public final class HelpJson {
    private HelpJson() {}

    /** Prints it. */
    public static void main(String[] arguments) {
        new PrintStream(System.out, true, StandardCharsets.UTF_8)
                .println(of(Commands.BUILT_IN).toPrettyString());
    }

    /** The result of {@code help}, each command with its usage line and the class of its result. */
    static ObjectNode of(Commands commands) {
        ObjectNode help = ResultJson.of("help", new HelpResult(commands.specs()));
        ArrayNode all = help.withArray("commands");
        List<Command> known = commands.all();
        for (int i = 0; i < known.size(); i++) {
            ((ObjectNode) all.get(i))
                    .put("usage", known.get(i).spec().usage())
                    .put("result", known.get(i).result().getName());
        }
        return help;
    }
}
