package ffmerge.magic;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.StopRequest;
import ffmerge.UserError;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.PlacedMistake;
import ffmerge.magic.command.Session;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.magic.CellMagic;
import org.dflib.jjava.jupyter.kernel.magic.LineMagic;

/** {@code %ffmerge COMMAND …} and {@code %%ffmerge COMMAND …} with options as YAML below. */
final class FfmergeMagic implements LineMagic<Object, BaseKernel>, CellMagic<Object, BaseKernel> {
    private static final String INTERRUPTED = "interrupted; nothing was changed, and the same command begins anew";

    private final Session session;

    FfmergeMagic(Session session) {
        this.session = session;
    }

    @Override
    public Object eval(BaseKernel kernel, List<String> words) {
        return eval(kernel, words, "");
    }

    @Override
    public Object eval(BaseKernel kernel, List<String> words, String body) {
        Map<String, Object> values = words instanceof Words own ? own.values() : Map.of();
        Notebook notebook = new Notebook(kernel, session, values);
        try {
            Progress.stopIfInterrupted();
            run(notebook, withoutComment(words), body);
        } catch (PlacedMistake e) {
            throw new MagicError((body.isBlank() ? e : e.inCell()).getMessage());
        } catch (UserError e) {
            throw new MagicError(Interrupted.isCause(e) ? INTERRUPTED : e.getMessage());
        } catch (Interrupted e) {
            throw new MagicError(e.getMessage());
        } catch (CancellationException e) {
            throw new MagicError(INTERRUPTED);
        } finally {
            StopRequest.take(); // one that came too late is not the next command's
            notebook.progress().finish();
        }
        return null; // a value would become a variable of the shell
    }

    /** Our own kernel leaves comments out; JJava's hands them over. */
    private static List<String> withoutComment(List<String> words) {
        int comment = IntStream.range(0, words.size())
                .filter(i -> words.get(i).equals("//") || words.get(i).equals("#"))
                .findFirst()
                .orElse(words.size());
        return words.subList(0, comment);
    }

    private void run(Notebook notebook, List<String> words, String body) {
        CommandRunner runner = new CommandRunner(session, notebook);
        if (words.isEmpty()) {
            if (body.isBlank()) {
                throw new UserError("say what to do: %ffmerge help lists the commands");
            }
            notebook.show("recipe", runner.run(Recipe.parse(body, session.commands(), notebook::variable)));
            return;
        }
        Command command = session.commands().named(words.get(0));
        Arguments arguments = arguments(command, words.subList(1, words.size()), body, notebook);
        runner.run(command, arguments, String.join(" ", words) + (body.isBlank() ? "" : "\n" + body.strip()));
    }

    /** A mistake in the body is told with its place. */
    private Arguments arguments(Command command, List<String> words, String body, Notebook notebook) {
        JsonNode root = YamlBody.parse(body);
        try {
            Arguments arguments = Arguments.parse(command.spec(), words, YamlBody.options(root), notebook::variable);
            if (!body.isBlank()) {
                arguments.requireReadable();
                command.check(arguments, session);
            }
            return arguments;
        } catch (UserError e) {
            throw root == null || !root.isObject()
                    ? e
                    : YamlBody.places(body).get(0).told(e);
        }
    }
}
