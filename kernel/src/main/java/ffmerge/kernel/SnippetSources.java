package ffmerge.kernel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.jshell.JShell;

/** Which cell each snippet of the shell came from: the shell's stack frames name only {@code #17:2}. */
final class SnippetSources {
    private final Map<String, Snippet> snippets = new LinkedHashMap<>();

    private record Snippet(int cell, String cellCode, String source) {}

    /** Notes the snippets that are new since the last call as this cell's. */
    void add(JShell shell, int cell, String code) {
        shell.snippets().forEach(s -> snippets.putIfAbsent(s.id(), new Snippet(cell, code, s.source())));
    }

    /**
     * Where in the notebook a frame is, as a line of a trace.
     *
     * @return empty if the frame is not of a cell
     */
    Optional<String> describe(StackTraceElement frame) {
        String file = frame.getFileName();
        if (file == null || !file.startsWith("#")) {
            return Optional.empty();
        }
        Snippet snippet = snippets.get(file.substring(1));
        String method = method(frame);
        if (snippet == null) {
            return Optional.of("    at " + (method.isEmpty() ? "a cell" : method));
        }
        List<String> lines = snippet.source().lines().toList();
        int line = Math.min(Math.max(1, frame.getLineNumber()), lines.size());
        int offset = snippet.cellCode().indexOf(snippet.source().strip());
        String cell = "cell " + snippet.cell();
        if (offset < 0) {
            return Optional.of("    at " + place(method, cell)); // a magic's line became other Java
        }
        long above = snippet.cellCode().substring(0, offset).lines().count();
        boolean lineBegins = offset == 0 || snippet.cellCode().charAt(offset - 1) == '\n';
        long cellLine = (lineBegins ? above : above - 1) + line;
        return Optional.of("    at " + place(method, cell + ", line " + cellLine) + ": "
                + lines.get(line - 1).strip());
    }

    private static String place(String method, String where) {
        return method.isEmpty() ? where : method + " (" + where + ")";
    }

    private static String method(StackTraceElement frame) {
        String method = frame.getMethodName().startsWith("lambda$") ? "lambda" : frame.getMethodName();
        return frame.getClassName().isEmpty() ? method : frame.getClassName() + "." + method;
    }
}
