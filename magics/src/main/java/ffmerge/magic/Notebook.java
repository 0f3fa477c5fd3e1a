package ffmerge.magic;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.JavaName;
import ffmerge.magic.command.Session;
import ffmerge.magic.widget.Comms;
import ffmerge.magic.widget.SlidePanel;
import ffmerge.result.Result;
import ffmerge.view.Html;
import ffmerge.view.Slides;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** The running kernel as the commands see it. */
final class Notebook implements Host {
    private static final long BETWEEN_LIVE_NANOS = 2_000_000_000L;
    private static final String SLIDER_NEEDS =
            "The slider needs the running kernel: run the cell again when the kernel is another one.";

    private final BaseKernel kernel;
    private final Session session;
    private final ShellVariables variables;
    private final Map<String, Object> values;
    private final Set<String> noticed = new HashSet<>();
    private final NotebookProgress progress;
    /** The output that shows a result as it grows, if there is one; the end result takes its place. */
    private String liveId;

    private long lastLive;
    /** A result so far that is being drawn; the cell's own thread shows it when it comes by. */
    private CompletableFuture<DisplayData> draft;

    /** @param values what the cell's own Java said of local variables and expressions */
    Notebook(BaseKernel kernel, Session session, Map<String, Object> values) {
        this.variables = new ShellVariables(kernel);
        this.values = new HashMap<>(values);
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
        if (!values.containsKey(name)) {
            if (name.startsWith("{") && name.endsWith("}")) {
                values.put(name, evaluated(name.substring(1, name.length() - 1)));
            } else if (JavaName.isOne(name)) {
                return variables.read(name);
            }
        }
        return Optional.ofNullable(values.get(name));
    }

    /** What an expression of the line yields; the cell's own Java may have said. */
    private Object evaluated(String expression) {
        if (values.containsKey(expression)) {
            return values.get(expression);
        }
        if (JavaName.isOne(expression)) {
            if (variables.find(expression).isEmpty()) {
                throw new UserError(
                        "{" + expression + "} names no Java variable" + Nearest.hint(expression, variables.names()));
            }
            return variables.read(expression).orElse(null);
        }
        return variables.evaluate(expression);
    }

    @Override
    public void bind(String name, Object value) {
        requireName(name);
        variables.write(name, publicType(value.getClass()), value);
    }

    @Override
    public void release(Object value) {
        variables.release(value);
    }

    @Override
    public void requireName(String name) {
        JavaName.require(name);
        if (variables.isTypeOrPackage(name)) {
            throw new UserError(
                    "'" + name + "' is the name of a Java class or package, which a variable would hide; 'my"
                            + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1) + "' can be one's");
        }
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
        if (!noticed.add(line)) {
            return; // as for the other models of a comparison
        }
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
        ResultRenderer renderer = new ResultRenderer(session.views());
        Slides slides = session.views().of(result).slides(result);
        show(renderer.outputs(command, result));
        if (kernel instanceof Comms comms && slides.all().size() > 1) {
            slider(comms, renderer, slides);
        }
    }

    @Override
    public void showBriefly(String command, Result result) {
        show(List.of(new ResultRenderer(session.views()).brief(command, result)));
    }

    private void show(List<DisplayData> outputs) {
        draft = null; // not worth showing any more
        if (liveId == null) {
            kernel.display(outputs.get(0));
        } else {
            kernel.getIO().display.updateDisplay(liveId, outputs.get(0));
            liveId = null;
        }
        outputs.subList(1, outputs.size()).forEach(kernel::display);
    }

    /**
     * Shows a slider in outputs of its own, below the result. Its model lives in the kernel, and in its place a notebook
     * that is opened without that kernel shows an error instead of the output's other forms: so nothing that should last
     * stands there, and a line above it says what to do.
     */
    private void slider(Comms comms, ResultRenderer renderer, Slides slides) {
        DisplayData line = new DisplayData(""); // which the slider's own text says
        line.putHTML("<div style=\"opacity:.75\">" + Html.escape(SLIDER_NEEDS) + "</div>");
        kernel.display(line);
        DisplayData slider = new DisplayData(SLIDER_NEEDS);
        slider.putData(
                SlidePanel.MIME_TYPE,
                SlidePanel.open(
                        comms,
                        "window",
                        slides.all().size(),
                        slides.first(),
                        i -> renderer.slide(slides.all().get(i))));
        kernel.display(slider);
    }

    @Override
    public void live(String command, Result result) {
        if (draft != null && draft.isDone()) {
            if (!draft.isCompletedExceptionally()) {
                showLive(draft.join());
            }
            draft = null;
        }
        long now = System.nanoTime();
        if (draft == null && now - lastLive >= BETWEEN_LIVE_NANOS) {
            lastLive = now;
            draft = Drawing.later(() -> new ResultRenderer(session.views()).draft(result));
        }
    }

    private void showLive(DisplayData data) {
        if (liveId == null) {
            liveId = UUID.randomUUID().toString();
            data.putTransientData("display_id", liveId);
            kernel.display(data);
        } else {
            kernel.getIO().display.updateDisplay(liveId, data);
        }
    }
}
