package ffmerge;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many of something there are, in words: the one place that knows that of one there is no plural. */
public final class Counted {
    private static final Pattern NOUN = Pattern.compile("^(.*?[a-z])s\\b");
    private static final Pattern HISSES = Pattern.compile(".*(ch|sh|ss|x)e");

    private Counted() {}

    /**
     * {@code 613 windows}, {@code 1 window}, {@code 1 batch}, {@code 1 window of 6 layers}.
     *
     * @param plural whose first word with an s at its end is what is counted
     */
    public static String of(long count, String plural) {
        return String.format(Locale.ROOT, "%,d %s", count, noun(count, plural));
    }

    /** Some of these names, and a sign that there are more. */
    public static String firstOf(List<String> names, int shown) {
        return String.join(", ", names.subList(0, Math.min(shown, names.size()))) + (names.size() > shown ? ", …" : "");
    }

    /** The word alone, for so many. */
    public static String noun(long count, String plural) {
        Matcher noun = NOUN.matcher(plural);
        if (count != 1 || !noun.find()) {
            return plural;
        }
        String rest = plural.substring(noun.end());
        String one = noun.group(1);
        if (one.endsWith("ie")) {
            return one.substring(0, one.length() - 2) + "y" + rest;
        }
        return (HISSES.matcher(one).matches() ? one.substring(0, one.length() - 1) : one) + rest;
    }
}
