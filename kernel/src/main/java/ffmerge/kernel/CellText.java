package ffmerge.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.dflib.jjava.jupyter.kernel.magic.MagicTranspiler;
import org.dflib.jjava.jupyter.kernel.magic.MagicsResolver;

/**
 * A cell's magics, made Java. Each becomes one line in the place of its own, so that the compiler's and the stack's line
 * numbers are the cell's.
 */
final class CellText extends MagicsResolver {
    /** The magic whose words may be the cell's local variables. */
    static final String OURS = "ffmerge";

    private static final Pattern CELL_MAGIC = Pattern.compile("\\s*%%\\w.*", Pattern.DOTALL);
    private static final Pattern BLANK_LAST_LINE = Pattern.compile(".*\\n[ \\t]*", Pattern.DOTALL);
    private static final Pattern MAGIC_LINE = Pattern.compile("(?m)^[ \\t]*%{1,2}[A-Za-z].*$");
    private static final Pattern OUR_LINE = Pattern.compile("%" + OURS + "(\\s.*)?");

    private SourceCodeAnalysis analysis;

    /** The patterns are those of JJava's builder, which our own reading doesn't use. */
    CellText(MagicTranspiler transpiler) {
        super("(?<=(?:^|=))\\s*%", "%%", transpiler);
    }

    /** Gives it what cuts a cell into statements; before, no magic sees local variables. */
    void use(SourceCodeAnalysis analysis) {
        this.analysis = analysis;
    }

    @Override
    public String resolve(String cell) {
        if (isCellMagic(cell)) {
            CellMagic magic = CellMagic.of(cell);
            return magic.call().cell(magic.body());
        }
        List<MagicLines.Magic> magics = MagicLines.in(cell);
        List<MagicCall> calls = magics.stream()
                .map(m -> MagicCall.of(cell.substring(m.start(), m.end())))
                .toList();
        Map<Integer, Set<String>> locals = locals(cell, magics);
        List<String> java = new ArrayList<>();
        for (int i = 0; i < magics.size(); i++) {
            boolean ours = calls.get(i).name().equals(OURS) && magics.get(i).alone();
            java.add(
                    ours
                            ? calls.get(i)
                                    .block(
                                            locals.getOrDefault(i, Set.of()),
                                            magics.get(i).nested())
                            : calls.get(i).expression() + ";");
        }
        return replaced(cell, magics, java);
    }

    /** A cell magic: its first line, and the lines below. */
    record CellMagic(MagicCall call, String body) {
        static CellMagic of(String cell) {
            String code = cell.stripLeading();
            int head = code.indexOf('\n');
            return new CellMagic(
                    MagicCall.of(head < 0 ? code : code.substring(0, head)), head < 0 ? "" : code.substring(head + 1));
        }
    }

    /** The calls of a cell that is nothing but magics of ours and comments; empty where there is Java in it. */
    static Optional<List<MagicCall>> onlyOurs(String cell) {
        List<MagicCall> calls = new ArrayList<>();
        for (String line : cell.lines().map(String::strip).toList()) {
            if (OUR_LINE.matcher(line).matches()) {
                calls.add(MagicCall.of(line));
            } else if (!line.isEmpty() && !line.startsWith("//")) {
                return Optional.empty();
            }
        }
        return calls.isEmpty() ? Optional.empty() : Optional.of(calls);
    }

    private static String replaced(String cell, List<MagicLines.Magic> magics, List<String> java) {
        StringBuilder text = new StringBuilder();
        int done = 0;
        for (int i = 0; i < magics.size(); i++) {
            text.append(cell, done, magics.get(i).start()).append(java.get(i));
            done = magics.get(i).end();
        }
        return text.append(cell.substring(done)).toString();
    }

    /** The local variables that magics within statements, methods and classes see, by the magic's index. */
    private Map<Integer, Set<String>> locals(String cell, List<MagicLines.Magic> magics) {
        Map<Integer, Set<String>> locals = new LinkedHashMap<>();
        if (analysis == null || magics.stream().noneMatch(MagicLines.Magic::nested)) {
            return locals;
        }
        List<String> marks = new ArrayList<>();
        for (int i = 0; i < magics.size(); i++) {
            marks.add(magics.get(i).alone() ? LocalVariables.mark(i) : "null;");
        }
        CompletionInfo info = analysis.analyzeCompletion(replaced(cell, magics, marks));
        while (info.completeness().isComplete()) {
            locals.putAll(LocalVariables.seenIn(info.source()));
            info = analysis.analyzeCompletion(info.remaining());
        }
        return locals;
    }

    /** The lines of a cell that hold magics, counted from 1, as they are typed. */
    static Map<Integer, String> magicLines(String cell) {
        Map<Integer, String> lines = new LinkedHashMap<>();
        for (MagicLines.Magic magic : MagicLines.in(cell)) {
            int number = 1
                    + (int) cell.substring(0, magic.start())
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
            lines.put(number, cell.substring(magic.start(), magic.end()).strip());
        }
        return lines;
    }

    static boolean isCellMagic(String cell) {
        return CELL_MAGIC.matcher(cell).matches();
    }

    /** In a console an empty line ends a cell magic's body. */
    static boolean endsWithBlankLine(String cell) {
        return BLANK_LAST_LINE.matcher(cell).matches();
    }

    /** The cell with spaces for its magics, all but the one on the cursor's line: what the shell can read. */
    static String javaOnly(String cell, int cursor) {
        return MAGIC_LINE.matcher(cell).replaceAll(line -> {
            boolean here = line.start() <= cursor && cursor <= line.end();
            return here
                    ? Matcher.quoteReplacement(line.group())
                    : " ".repeat(line.group().length());
        });
    }
}
