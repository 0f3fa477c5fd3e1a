package ffmerge.magic.command;

import ffmerge.UserError;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How wide a picture is in a paper.
 *
 * @param text as it was written: {@code 3.3in}
 * @param points of which an inch has 72
 */
public record PaperWidth(String text, double points) {
    private static final Pattern LENGTH = Pattern.compile("(\\d+(?:\\.\\d+)?|\\.\\d+)\\s*([a-z]+)");
    private static final Map<String, Double> UNITS =
            Map.of("in", 72.0, "mm", 72 / 25.4, "cm", 72 / 2.54, "pt", 72 / 72.27, "bp", 1.0);

    /** Narrower, letters leave no room for data; wider is no paper. */
    private static final double LEAST = 1.5 * 72;

    private static final double MOST = 40 * 72;

    /** @throws UserError if it is no length, or none of a paper's column */
    public static PaperWidth of(String text) {
        Matcher length = LENGTH.matcher(text.strip());
        if (!length.matches() || !UNITS.containsKey(length.group(2))) {
            throw new UserError(
                    "--width is a length with its unit, in, mm, cm or pt, as 3.3in or 84mm; '" + text + "' isn't");
        }
        double points = Double.parseDouble(length.group(1)) * UNITS.get(length.group(2));
        if (points < LEAST || points > MOST) {
            throw new UserError("--width is from 1.5in to 40in; '" + text + "' isn't");
        }
        return new PaperWidth(text.strip(), points);
    }
}
