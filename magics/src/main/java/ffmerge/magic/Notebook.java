package ffmerge.magic;

import ffmerge.UserError;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Session;
import ffmerge.result.Result;
import java.lang.reflect.Modifier;
import java.util.Optional;
import java.util.UUID;
import javax.lang.model.SourceVersion;
import jdk.jshell.JShell;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** The running kernel as the commands see it. */
final class Notebook implements Host {
    private static final long BETWEEN_LIVE_NANOS = 2_000_000_000L;

    private final BaseKernel kernel;
    private final Session session;
    private final NotebookProgress progress;
    /** The output that shows a result as it grows, if there is one; the end result takes its place. */
    private String liveId;

    private long lastLive;

    Notebook(BaseKernel kernel, Session session) {
        this.kernel = kernel;
        this.session = session;
        this.progress = new NotebookProgress(kernel);
    }

    @Override
    public NotebookProgress progress() {
        return progress;
    }

    @Override
    public Optional<Object> variable(String name) {
        if (!isName(name) || jshell().variables().noneMatch(v -> v.name().equals(name))) {
            return Optional.empty();
        }
        return Optional.ofNullable(kernel.evalRaw(name));
    }

    @Override
    public void bind(String name, Object value) {
        requireName(name);
        String type = publicType(value.getClass()).getCanonicalName();
        kernel.evalRaw(type + " " + name + " = (" + type + ") ffmerge.magic.Variables.take(\"" + Variables.put(value)
                + "\");");
    }

    /** @throws UserError if this can't be a Java variable's name */
    static void requireName(String name) {
        if (!isName(name)) {
            String proposal = name.replaceAll("[^A-Za-z0-9_]", "_").replaceAll("^(\\d)", "_$1");
            throw new UserError("'" + name + "' cannot be a Java variable's name"
                    + (isName(proposal) ? "; '" + proposal + "' can" : ""));
        }
    }

    private static boolean isName(String name) {
        return SourceVersion.isIdentifier(name) && !SourceVersion.isKeyword(name);
    }

    private static Class<?> publicType(Class<?> type) {
        Class<?> visible = type;
        while (!Modifier.isPublic(visible.getModifiers())) {
            visible = visible.getSuperclass();
        }
        return visible;
    }

    @Override
    public void notice(String line) {
        DisplayData data = new DisplayData(line);
        data.putHTML("<div style=\"opacity:.75\">" + Html.escape(line) + "</div>");
        kernel.display(data);
    }

    @Override
    public void heading(String line) {
        DisplayData data = new DisplayData("> " + line);
        data.putHTML("<code>%ffmerge " + Html.escape(line) + "</code>");
        kernel.display(data);
    }

    @Override
    public Result recipe(String yaml) {
        return new CommandRunner(session, this).run(Recipe.parse(yaml, session.commands(), this::variable));
    }

    @Override
    public void show(String command, Result result) {
        DisplayData data = ResultRenderer.render(command, result);
        if (liveId == null) {
            kernel.display(data);
        } else {
            kernel.getIO().display.updateDisplay(liveId, data);
            liveId = null;
        }
    }

    @Override
    public void live(String command, Result result) {
        long now = System.nanoTime();
        if (now - lastLive < BETWEEN_LIVE_NANOS) {
            return;
        }
        lastLive = now;
        DisplayData data = ResultRenderer.draft(result);
        if (liveId == null) {
            liveId = UUID.randomUUID().toString();
            data.putTransientData("display_id", liveId);
            kernel.display(data);
        } else {
            kernel.getIO().display.updateDisplay(liveId, data);
        }
    }

    /** The API of extensions does not name the shell that every Java kernel has. */
    private JShell jshell() {
        try {
            return (JShell) kernel.getClass().getMethod("getJShell").invoke(kernel);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(kernel.getClass() + " is no Java kernel", e);
        }
    }
}
