package ffmerge.data;

import java.util.ArrayList;
import java.util.List;

/** White space as Python sees it, which the reference scorers split words at; Java's notion is another. */
public final class PythonText {
    private PythonText() {}

    public static boolean isSpace(int c) {
        return c >= 0x9 && c <= 0xd
                || c >= 0x1c && c <= 0x20
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || c >= 0x2000 && c <= 0x200a
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /** Words between white space: {@code str.split()}. */
    public static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        int start = -1;
        for (int i = 0; i <= text.length(); i++) {
            boolean space = i == text.length() || isSpace(text.charAt(i));
            if (!space && start < 0) {
                start = i;
            } else if (space && start >= 0) {
                words.add(text.substring(start, i));
                start = -1;
            }
        }
        return words;
    }

    /** {@code str.rstrip()}. */
    public static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** {@code str.strip()}. */
    public static String strip(String text) {
        String cut = stripEnd(text);
        int start = 0;
        while (start < cut.length() && isSpace(cut.charAt(start))) {
            start++;
        }
        return cut.substring(start);
    }
}
