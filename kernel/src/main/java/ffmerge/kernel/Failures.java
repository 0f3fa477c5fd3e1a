package ffmerge.kernel;

import ffmerge.UserError;
import ffmerge.magic.MagicError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.UnresolvedReferenceException;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.dflib.jjava.jupyter.kernel.magic.UndefinedMagicException;
import org.dflib.jjava.jupyter.kernel.util.StringStyler;
import org.dflib.jjava.kernel.execution.CompilationException;
import org.dflib.jjava.kernel.execution.EvaluationInterruptedException;
import org.dflib.jjava.kernel.execution.IncompleteSourceException;

/**
 * Puts a cell's failure into as few lines as its reader can use: one for a user's mistake and for an interrupt, the frames
 * of the notebook for an exception in its code, the whole stack for a fault of ours.
 */
final class Failures {
    private static final int MOST_FRAMES = 20;

    /** What could be Java too, {@code !ready}, and is taken for it where it compiles. */
    private static final Pattern SHELL_COMMAND = Pattern.compile("(?m)^[ \\t]*!{1,2}[ \\t]*[A-Za-z./~$]");

    private static final String NO_SHELL = "a line that begins with ! is Java here and runs no command of a shell;"
            + " a terminal does (in JupyterLab: File, New, Terminal)";

    private final JShell shell;
    private final RunningMagic magic;
    private final SnippetSources sources;
    private final StringStyler style;
    private final Function<Throwable, List<String>> stock;

    /** @param stock JJava's own words, which show where a compiler's complaint points */
    Failures(
            JShell shell,
            RunningMagic magic,
            SnippetSources sources,
            StringStyler style,
            Function<Throwable, List<String>> stock) {
        this.shell = shell;
        this.magic = magic;
        this.sources = sources;
        this.style = style;
        this.stock = stock;
    }

    /** @param cell as it was typed */
    CellError describe(Throwable e, String cell) {
        if (SHELL_COMMAND.matcher(cell).find()
                && (e instanceof CompilationException || e instanceof IncompleteSourceException)) {
            String java = e instanceof CompilationException compilation ? complaint(compilation) + ": " : "";
            return oneLine(e.getClass().getSimpleName(), java + NO_SHELL);
        }
        if (e instanceof UserError) { // the kernel's own word
            return oneLine("UserError", e.getMessage());
        }
        return describe(e);
    }

    private CellError describe(Throwable e) {
        if (e instanceof CompilationException compilation) {
            return inMagic(compilation)
                    .map(line -> oneLine("CompilationException", complaint(compilation) + ", in " + line))
                    .orElseGet(() -> new CellError("CompilationException", complaint(compilation), stock.apply(e)));
        }
        if (e instanceof IncompleteSourceException) {
            return new CellError("IncompleteSourceException", "the cell ends too early", stock.apply(e));
        }
        Optional<Throwable> thrown = magic.failure()
                .filter(f -> f == e || e instanceof EvaluationInterruptedException || isShellsWordFor(f, e));
        if (thrown.isPresent() && thrown.get() instanceof MagicError error) {
            return oneLine("UserError", error.getMessage());
        }
        if (e instanceof EvaluationInterruptedException || magic.wasInterrupted()) {
            String finished = magic.finished();
            return oneLine(
                    "InterruptedException",
                    finished.isEmpty() ? "interrupted" : "interrupted; done before and kept: " + finished);
        }
        if (thrown.isPresent() && thrown.get() instanceof UndefinedMagicException undefined) {
            return oneLine("UndefinedMagicException", undefined.getMessage());
        }
        if (thrown.isPresent()) {
            return fault(thrown.get());
        }
        if (e.getCause() instanceof EvalException cause) {
            return inCell(cause);
        }
        if (e.getCause() instanceof UnresolvedReferenceException cause) {
            String missing = shell.unresolvedDependencies(cause.getSnippet()).collect(Collectors.joining(", "));
            return new CellError("UnresolvedReferenceException", "not defined: " + missing, stock.apply(cause));
        }
        return fault(e);
    }

    private static boolean isShellsWordFor(Throwable thrown, Throwable e) {
        return e.getCause() instanceof EvalException cause
                && String.valueOf(cause.getMessage()).endsWith(String.valueOf(thrown.getMessage()));
    }

    private CellError oneLine(String name, String line) {
        return new CellError(name, line, List.of(style.secondary(line)));
    }

    /** The magic in which the compiler's first complaint is: of a variable or an expression that it can't resolve. */
    private Optional<String> inMagic(CompilationException e) {
        Snippet snippet = e.getBadSnippetCompilation().snippet();
        return shell.diagnostics(snippet)
                .findFirst()
                .flatMap(d -> sources.magicAt(snippet.source(), d.getStartPosition()));
    }

    /** The compiler's first complaint, in one line. */
    private String complaint(CompilationException e) {
        Snippet snippet = e.getBadSnippetCompilation().snippet();
        return shell.diagnostics(snippet)
                .map(d -> d.getMessage(Locale.ROOT)
                        .replaceAll("\\R\\s*location:.*", "")
                        .replaceAll("\\R\\s*symbol:\\s*", ": ")
                        .replaceAll("\\s+", " "))
                .findFirst()
                .orElse("the cell does not compile");
    }

    private CellError inCell(EvalException e) {
        if (isUserError(e)) {
            return oneLine(UserError.class.getSimpleName(), message(e));
        }
        List<String> trace = new ArrayList<>();
        for (Throwable t = e; t instanceof EvalException at; t = t.getCause()) {
            trace.add(style.secondary((t == e ? "" : "caused by ") + headline(at)));
            trace.addAll(frames(at.getStackTrace()));
        }
        return new CellError(simpleName(e.getExceptionClassName()), message(e), trace);
    }

    /** Of the shell's word for an exception only the name of its class is left. */
    private static boolean isUserError(EvalException e) {
        try {
            return UserError.class.isAssignableFrom(Class.forName(e.getExceptionClassName()));
        } catch (ClassNotFoundException | LinkageError ofTheNotebook) {
            return false;
        }
    }

    private static String headline(EvalException e) {
        if (isUserError(e)) {
            return message(e);
        }
        String name = simpleName(e.getExceptionClassName());
        return message(e).isEmpty() ? name : name + ": " + message(e);
    }

    /** JJava writes "null" where there is no message. */
    private static String message(EvalException e) {
        return e.getMessage() == null || e.getMessage().equals("null") ? "" : e.getMessage();
    }

    /** Without the package, and without the class that the shell puts around a cell's own classes. */
    private static String simpleName(String className) {
        return className.replaceFirst(".*[.$]", "");
    }

    /** The notebook's own frames; those of libraries only where there are no others. */
    private List<String> frames(StackTraceElement[] stack) {
        List<String> own = Arrays.stream(stack)
                .map(sources::describe)
                .flatMap(Optional::stream)
                .toList();
        List<String> all = own.isEmpty()
                ? Arrays.stream(stack).map(frame -> "    at " + frame).toList()
                : own;
        return shortened(all);
    }

    /** Endless recursion is one line, not a thousand. */
    private static List<String> shortened(List<String> frames) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < frames.size(); ) {
            int same = i;
            while (same < frames.size() && frames.get(same).equals(frames.get(i))) {
                same++;
            }
            lines.add(frames.get(i) + (same - i > 1 ? "  (" + (same - i) + " times)" : ""));
            i = same;
        }
        if (lines.size() <= MOST_FRAMES) {
            return lines;
        }
        List<String> first = new ArrayList<>(lines.subList(0, MOST_FRAMES));
        first.add("    … " + (lines.size() - MOST_FRAMES) + " more");
        return first;
    }

    /** A fault of ours or of a library that a magic called: with its whole stack, for a report. */
    private CellError fault(Throwable e) {
        List<String> trace = new ArrayList<>(List.of(style.secondary(e.toString())));
        trace.addAll(stack(e, List.of()));
        return new CellError(e.getClass().getSimpleName(), String.valueOf(e.getMessage()), trace);
    }

    private static List<String> stack(Throwable e, List<String> above) {
        List<String> lines = new ArrayList<>();
        for (StackTraceElement frame : e.getStackTrace()) {
            if (frame.getClassName().startsWith("REPL.")
                    || frame.getClassName().equals(MagicsRegistry.class.getName())) {
                break; // below are only the shell and the kernel
            }
            lines.add("    at " + frame);
        }
        List<String> shown = new ArrayList<>(lines);
        shown.removeAll(above);
        if (e.getCause() != null && e.getCause() != e) {
            shown.add("caused by " + e.getCause());
            shown.addAll(stack(e.getCause(), lines));
        }
        return shown;
    }
}
