package ffmerge.kernel;

import ffmerge.magic.Words;
import ffmerge.magic.typing.Interpolation;
import ffmerge.magic.typing.LineWords;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.lang.model.SourceVersion;
import org.dflib.jjava.jupyter.kernel.BaseNotebookStatics;

/**
 * A magic's line: its name and words, comments left out.
 *
 * @param name what stands behind the percent sign
 */
record MagicCall(String name, List<String> words) {
    private static final String CALLS = BaseNotebookStatics.class.getName();

    /** @param line from the percent sign on */
    static MagicCall of(String line) {
        List<String> words = LineWords.of(line.replaceFirst("^%+", ""));
        return new MagicCall(words.get(0), words.subList(1, words.size()));
    }

    /** The call as an expression without a semicolon, for magics that are not ours: JJava's own form. */
    String expression() {
        return CALLS + ".lineMagic(" + literal(name) + ", java.util.List.of(" + literals() + "))";
    }

    /**
     * The call as a block, which has no value that the shell would keep; with the values that the magic can't know.
     *
     * @param locals the variables that the magic's place sees
     * @param nested whether expressions may speak of such variables
     */
    String block(Set<String> locals, boolean nested) {
        StringBuilder call = new StringBuilder("{ " + CALLS + ".lineMagic(" + literal(name) + ", "
                + Words.class.getName() + ".of(" + literals() + ")");
        for (String java : known(locals, nested)) {
            call.append(".with(")
                    .append(literal(java))
                    .append(", (")
                    .append(java)
                    .append("))");
        }
        return call.append("); }").toString();
    }

    /** @param body the lines below a cell magic */
    String cell(String body) {
        return CALLS + ".cellMagic(" + literal(name) + ", java.util.List.of(" + literals() + "), " + literal(body)
                + ");";
    }

    private Set<String> known(Set<String> locals, boolean nested) {
        Set<String> known = new LinkedHashSet<>();
        for (String word : words) {
            String value = word.startsWith("--") ? word.substring(word.indexOf('=') + 1) : word;
            if (locals.contains(value)) {
                known.add(value);
            }
            for (Interpolation.Part part : Interpolation.parts(word)) {
                boolean isName = SourceVersion.isIdentifier(part.text());
                if (part.isExpression() && (isName ? locals.contains(part.text()) : nested)) {
                    known.add(part.text());
                }
            }
        }
        return known;
    }

    private String literals() {
        return words.stream().map(MagicCall::literal).collect(Collectors.joining(", "));
    }

    private static String literal(String text) {
        StringBuilder literal = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                literal.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                literal.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                literal.append(c);
            }
        }
        return literal.append('"').toString();
    }
}
