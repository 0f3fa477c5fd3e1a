package ffmerge.magic;

import ffmerge.UserError;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.VarSnippet;
import org.dflib.jjava.jupyter.kernel.BaseKernel;

/**
 * The notebook's Java variables. The shell makes a class of each line that it evaluates and keeps it for good, so what
 * needs no evaluation is done without: a variable is a static field, which is read and written as such.
 */
final class ShellVariables {
    private final BaseKernel kernel;
    private final JShell shell;

    ShellVariables(BaseKernel kernel) {
        this.kernel = kernel;
        this.shell = shell(kernel);
    }

    /** The API of extensions does not name the shell that every Java kernel has. */
    private static JShell shell(BaseKernel kernel) {
        try {
            return (JShell) kernel.getClass().getMethod("getJShell").invoke(kernel);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(kernel.getClass() + " is no Java kernel", e);
        }
    }

    Optional<VarSnippet> find(String name) {
        return shell.variables().filter(v -> v.name().equals(name)).findFirst();
    }

    List<String> names() {
        return shell.variables().map(VarSnippet::name).toList();
    }

    /** @throws UserError if it is no expression, or throws */
    Object evaluate(String expression) {
        Set<Snippet> before = shell.snippets().collect(Collectors.toSet());
        try {
            return kernel.evalRaw(expression);
        } catch (RuntimeException e) {
            throw new UserError("{" + expression + "} can't be evaluated: " + complaint(e, before), e);
        }
    }

    /**
     * Why an evaluation failed, in one line.
     *
     * @param before the snippets that the shell had, whose faults are others'
     */
    private String complaint(RuntimeException e, Set<Snippet> before) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof EvalException thrown) {
                return thrown.getExceptionClassName().replaceFirst(".*[.$]", "")
                        + (thrown.getMessage() == null ? "" : ": " + thrown.getMessage());
            }
        }
        // the compiler's own complaint is not in the exception, which an extension's API does not name either
        List<String> complaints = shell.snippets()
                .filter(s -> !before.contains(s) && shell.status(s) == Snippet.Status.REJECTED)
                .reduce((first, last) -> last)
                .map(s -> shell.diagnostics(s)
                        .map(d -> d.getMessage(Locale.ROOT)
                                .replaceAll("\\R\\s*location:.*", "")
                                .replaceAll("\\R\\s*symbol:\\s*", ": ")
                                .replaceAll("\\s+", " "))
                        .toList())
                .orElse(List.of());
        return complaints.isEmpty() ? "it is no Java expression" : complaints.get(0);
    }

    /** The value; empty where there is no such variable or it is null. */
    Optional<Object> read(String name) {
        return find(name).flatMap(variable -> {
            try {
                Optional<Field> field = field(variable);
                return Optional.ofNullable(field.isPresent() ? field.get().get(null) : kernel.evalRaw(name));
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e); // the field was made accessible
            }
        });
    }

    /** Gives a variable a value, and declares it where there is none of this type yet. */
    void write(String name, Class<?> type, Object value) {
        Optional<VarSnippet> old = find(name);
        boolean same = old.flatMap(this::field).filter(f -> f.getType() == type).isPresent();
        if (old.isPresent() && set(old.get(), same ? value : null) && same) {
            return;
        }
        String java = type.getCanonicalName();
        kernel.evalRaw(java + " " + name + " = (" + java + ") ffmerge.magic.Variables.take(\"" + Variables.put(value)
                + "\");");
    }

    /** Sets all variables to null that hold this value, so that its memory can be had back. */
    void release(Object value) {
        shell.variables()
                .filter(v -> field(v).map(field -> holds(field, value)).orElse(false))
                .forEach(v -> set(v, null));
    }

    private static boolean holds(Field field, Object value) {
        try {
            return field.get(null) == value;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e); // the field was made accessible
        }
    }

    /** @return whether it could be set */
    private boolean set(VarSnippet variable, Object value) {
        Optional<Field> field = field(variable).filter(f -> !f.getType().isPrimitive());
        if (field.isEmpty()) {
            return false;
        }
        try {
            field.get().set(null, value);
            return true;
        } catch (IllegalAccessException | IllegalArgumentException e) {
            return false; // of another class by the same name
        }
    }

    /** Empty in a kernel that keeps its shell closed. */
    private Optional<Field> field(VarSnippet variable) {
        try {
            Method className = Snippet.class.getDeclaredMethod("classFullName");
            className.setAccessible(true);
            Class<?> owner = Class.forName((String) className.invoke(variable), true, loader());
            Field field = owner.getDeclaredField(variable.name());
            field.setAccessible(true);
            return Optional.of(field);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            return Optional.empty();
        }
    }

    /** That of the shell's classes: JJava makes it its threads' own. */
    private static ClassLoader loader() {
        return Thread.currentThread().getContextClassLoader();
    }

    /** Whether a name means a class or a package to the notebook's Java, which a variable of this name would hide. */
    boolean isTypeOrPackage(String name) {
        if (find(name).isPresent()) {
            return false;
        }
        SourceCodeAnalysis analysis = shell.sourceCodeAnalysis();
        return !analysis.completionSuggestions(name + ".", name.length() + 1, new int[1])
                .isEmpty();
    }
}
