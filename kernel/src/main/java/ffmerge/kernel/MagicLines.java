package ffmerge.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds the line magics in a cell: a percent sign and a name at a line's beginning or behind an equals sign, but not in a
 * string, a text block or a comment.
 */
final class MagicLines {
    /**
     * A magic; it reaches to the end of its line.
     *
     * @param start the percent sign's place
     * @param alone whether it is a statement of its own; else it is assigned to something
     * @param nested whether it stands within braces or parentheses, where local variables may be
     */
    record Magic(int start, int end, boolean alone, boolean nested) {}

    private final String cell;
    private final List<Magic> magics = new ArrayList<>();
    private int at;
    private int depth;

    private MagicLines(String cell) {
        this.cell = cell;
    }

    static List<Magic> in(String cell) {
        MagicLines lines = new MagicLines(cell);
        boolean lineBegins = true;
        while (lines.at < cell.length()) {
            lineBegins = lines.step(lineBegins);
        }
        return lines.magics;
    }

    /** Goes on by one thing of Java; says whether nothing stands before the next on its line. */
    private boolean step(boolean lineBegins) {
        char c = cell.charAt(at);
        if (c == '\n' || Character.isWhitespace(c)) {
            at++;
            return c == '\n' || lineBegins;
        }
        if (lineBegins && isMagic(at)) {
            take(at, true);
            return false;
        }
        if (c == '=') {
            int next = at + 1;
            while (next < cell.length() && (cell.charAt(next) == ' ' || cell.charAt(next) == '\t')) {
                next++;
            }
            if (isMagic(next)) {
                take(next, false);
                return false;
            }
        }
        if (c == '{' || c == '(') {
            depth++;
        } else if (c == '}' || c == ')') {
            depth--;
        }
        at = end(c);
        return false;
    }

    private boolean isMagic(int place) {
        return place + 1 < cell.length()
                && cell.charAt(place) == '%'
                && (Character.isLetterOrDigit(cell.charAt(place + 1)) || cell.charAt(place + 1) == '_');
    }

    private void take(int start, boolean alone) {
        int end = lineEnd(start);
        magics.add(new Magic(start, end, alone, depth > 0));
        at = end;
    }

    /** Where the string, comment or char that begins here ends; all else is one char long. */
    private int end(char first) {
        if (cell.startsWith("//", at)) {
            return lineEnd(at);
        }
        if (cell.startsWith("/*", at)) {
            return behind("*/", at + 2);
        }
        if (cell.startsWith("\"\"\"", at)) {
            return literalEnd("\"\"\"", at + 3);
        }
        if (first == '"' || first == '\'') {
            return Math.min(literalEnd(String.valueOf(first), at + 1), lineEnd(at));
        }
        return at + 1;
    }

    private int literalEnd(String quote, int from) {
        for (int i = from; i < cell.length(); i++) {
            if (cell.charAt(i) == '\\') {
                i++;
            } else if (cell.startsWith(quote, i)) {
                return i + quote.length();
            }
        }
        return cell.length();
    }

    private int behind(String end, int from) {
        int found = cell.indexOf(end, from);
        return found < 0 ? cell.length() : found + end.length();
    }

    private int lineEnd(int from) {
        int end = cell.indexOf('\n', from);
        return end < 0 ? cell.length() : end;
    }
}
