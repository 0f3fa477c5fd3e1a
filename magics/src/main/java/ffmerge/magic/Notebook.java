package ffmerge.magic;

import ffmerge.UserError;
import ffmerge.magic.command.Host;
import ffmerge.study.Result;
import java.lang.reflect.Modifier;
import java.util.Optional;
import javax.lang.model.SourceVersion;
import jdk.jshell.JShell;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** The running kernel as the commands see it. */
final class Notebook implements Host {
    private final BaseKernel kernel;
    private final NotebookProgress progress;

    Notebook(BaseKernel kernel) {
        this.kernel = kernel;
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
    public void show(Result result) {
        kernel.display(ResultRenderer.render(result));
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
