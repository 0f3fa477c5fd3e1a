package ffmerge;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the word that somebody may have meant. */
public final class Nearest {
    private Nearest() {}

    /** The valid word that differs in the fewest letters, if they are few. */
    public static Optional<String> to(String word, Collection<String> valid) {
        return valid.stream()
                .min(Comparator.comparingInt(v -> distance(word, v)))
                .filter(v -> distance(word, v) <= Math.max(2, word.length() / 3));
    }

    /** {@code "; did you mean 'base'?"}, or nothing. */
    public static String hint(String word, Collection<String> valid) {
        return to(word, valid).map(v -> "; did you mean '" + v + "'?").orElse("");
    }

    /**
     * {@code "; did you mean 'base'? There are base, small"}, or {@code "; there are base, small"}.
     *
     * @param all what is valid, as a clause; may be empty
     */
    public static String hint(String word, Collection<String> valid, String all) {
        return Clauses.join(hint(word, valid), all);
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
