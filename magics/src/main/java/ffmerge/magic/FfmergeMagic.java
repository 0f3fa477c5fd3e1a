package ffmerge.magic;

import ffmerge.Interrupted;
import ffmerge.UserError;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.Session;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.magic.CellMagic;
import org.dflib.jjava.jupyter.kernel.magic.LineMagic;

/** {@code %ffmerge COMMAND …} and {@code %%ffmerge COMMAND …} with options as YAML below. */
final class FfmergeMagic implements LineMagic<Object, BaseKernel>, CellMagic<Object, BaseKernel> {
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
        Notebook notebook = new Notebook(kernel, session);
        try {
            run(notebook, words, body);
        } catch (UserError e) {
            throw new MagicError(Interrupted.isCause(e) ? "interrupted; nothing was changed" : e.getMessage());
        } catch (Interrupted e) {
            throw new MagicError(e.getMessage());
        } catch (CancellationException e) {
            throw new MagicError("interrupted; nothing was changed");
        } finally {
            notebook.progress().finish();
        }
        return null; // a value would become a variable of the shell
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
        Arguments arguments = Arguments.parse(
                command.spec(),
                words.subList(1, words.size()),
                YamlBody.options(YamlBody.parse(body)),
                notebook::variable);
        runner.run(command, arguments, String.join(" ", words) + (body.isBlank() ? "" : "\n" + body.strip()));
    }
}
