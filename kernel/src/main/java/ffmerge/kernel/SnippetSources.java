package ffmerge.kernel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.jshell.JShell;

/** Which cell each snippet of the shell came from: the shell's stack frames name only {@code #17:2}. */
final class SnippetSources {
    private final Map<String, Snippet> snippets = new LinkedHashMap<>();
    private Cell last = new Cell(0, "", "");

    /**
     * A cell.
     *
     * @param java the code with Java in its magics' places, line by line
     */
    private record Cell(int number, String code, String java) {
        /** The line on which something of the Java stands, as it is typed. */
        String typed(int line) {
            List<String> lines = code.lines().toList();
            return line <= lines.size() ? lines.get(line - 1).strip() : "";
        }

        int lineOf(int offset) {
            return 1
                    + (int) java.substring(0, offset)
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
        }
    }

    private record Snippet(Cell cell, String source) {}

    /** Notes the snippets that are new since the last call as this cell's. */
    void add(JShell shell, int number, String code, String java) {
        last = new Cell(number, code, java);
        shell.snippets().forEach(s -> snippets.putIfAbsent(s.id(), new Snippet(last, s.source())));
    }

    /** The magic of the last cell that stands where a snippet of it is wrong; empty where Java is wrong. */
    Optional<String> magicAt(String source, long position) {
        int start = last.java().indexOf(source.strip());
        if (start < 0 || position < 0) {
            return Optional.empty();
        }
        long leading = source.length() - source.stripLeading().length();
        int offset = (int) Math.min(last.java().length(), Math.max(start, start + position - leading));
        return Optional.of(last.typed(last.lineOf(offset))).filter(line -> line.startsWith("%"));
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
        int offset = snippet.cell().java().indexOf(snippet.source().strip());
        String cell = "cell " + snippet.cell().number();
        if (offset < 0) {
            return Optional.of("    at " + place(method, cell));
        }
        int cellLine = snippet.cell().lineOf(offset) + line - 1;
        String typed = snippet.cell().typed(cellLine);
        return Optional.of("    at " + place(method, cell + ", line " + cellLine) + ": "
                + (typed.startsWith("%") ? typed : lines.get(line - 1).strip()));
    }

    private static String place(String method, String where) {
        return method.isEmpty() ? where : method + " (" + where + ")";
    }

    private static String method(StackTraceElement frame) {
        String method = frame.getMethodName().startsWith("lambda$") ? "lambda" : frame.getMethodName();
        return frame.getClassName().isEmpty() ? method : frame.getClassName() + "." + method;
    }
}
