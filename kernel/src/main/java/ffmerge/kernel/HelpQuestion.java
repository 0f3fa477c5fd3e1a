package ffmerge.kernel;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A cell that asks what something is, as IPython's users do: {@code ?name}, {@code name?}, {@code ?%ffmerge merge}. No
 * Java begins or ends so.
 *
 * @param about a Java name, or a command of ours with or without its magic
 * @param detailed whether it was asked twice: {@code ??name}
 */
record HelpQuestion(String about, boolean detailed) {
    private static final String ABOUT = "([%\\p{L}_][\\p{L}\\p{N}_.$% -]*)";
    private static final Pattern ASKED = Pattern.compile("\\?(\\?)?\\s*" + ABOUT + "|" + ABOUT + "\\?(\\?)?");

    static Optional<HelpQuestion> in(String cell) {
        Matcher asked = ASKED.matcher(cell.strip());
        if (!asked.matches()) {
            return Optional.empty();
        }
        String about = asked.group(2) == null ? asked.group(3) : asked.group(2);
        return Optional.of(new HelpQuestion(about.strip(), asked.group(1) != null || asked.group(4) != null));
    }
}
