package ffmerge.architecture;

import ffmerge.UserError;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Adjacent layers, counted from 0, both ends included: {@code 3-7}. */
public record Window(int first, int last) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,5})-(\\d{1,5})");

    public Window {
        if (first < 0 || last < first) {
            throw new UserError("a window goes from a lower layer to a higher one, as 3-7 does; " + first + "-" + last
                    + " doesn't");
        }
    }

    /** @throws UserError if the text is not two layers joined by a hyphen */
    public static Window parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new UserError("a window is two layers joined by a hyphen, as in 3-7; '" + text + "' isn't");
        }
        return new Window(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
    }

    /** All windows of this length over so many layers. */
    public static List<Window> all(int layers, int length) {
        return IntStream.rangeClosed(0, layers - length)
                .mapToObj(first -> new Window(first, first + length - 1))
                .toList();
    }

    public int length() {
        return last - first + 1;
    }

    public List<Integer> layers() {
        return IntStream.rangeClosed(first, last).boxed().toList();
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
