package ffmerge.kernel;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dflib.jjava.jupyter.kernel.magic.MagicTranspiler;
import org.dflib.jjava.jupyter.kernel.magic.MagicsResolver;

/** A cell's magics, made Java: as JJava does it, and where only the first line of a {@code %%magic} is there as well. */
final class CellText extends MagicsResolver {
    private static final Pattern BARE_CELL_MAGIC = Pattern.compile("\\s*%%\\w[^\\n]*\\s*");
    private static final Pattern CELL_MAGIC = Pattern.compile("\\s*%%\\w.*", Pattern.DOTALL);
    private static final Pattern BLANK_LAST_LINE = Pattern.compile(".*\\n[ \\t]*", Pattern.DOTALL);
    private static final Pattern MAGIC_LINE = Pattern.compile("(?m)^[ \\t]*%{1,2}[A-Za-z].*$");

    /** The patterns are those of JJava's builder. */
    CellText(MagicTranspiler transpiler) {
        super("(?<=(?:^|=))\\s*%", "%%", transpiler);
    }

    @Override
    public String resolve(String cell) {
        if (!isCellMagic(cell)) {
            return super.resolve(cell);
        }
        boolean bare = BARE_CELL_MAGIC.matcher(cell).matches();
        return super.resolve(bare ? cell.strip() + "\n\n" : cell.stripLeading());
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
