package ffmerge.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Cuts English words to their stems (Porter 1980, "An algorithm for suffix stripping") with the extensions of NLTK's
 * {@code PorterStemmer}, which ROUGE's reference implementation uses. Words are lower case.
 */
final class PorterStemmer {
    /** Words that the rules would cut wrongly. */
    private static final Map<String, String> IRREGULAR = Map.ofEntries(
            Map.entry("sky", "sky"),
            Map.entry("skies", "sky"),
            Map.entry("dying", "die"),
            Map.entry("lying", "lie"),
            Map.entry("tying", "tie"),
            Map.entry("news", "news"),
            Map.entry("innings", "inning"),
            Map.entry("inning", "inning"),
            Map.entry("outings", "outing"),
            Map.entry("outing", "outing"),
            Map.entry("cannings", "canning"),
            Map.entry("canning", "canning"),
            Map.entry("howe", "howe"),
            Map.entry("proceed", "proceed"),
            Map.entry("exceed", "exceed"),
            Map.entry("succeed", "succeed"));

    /**
     * @param condition on what stands before the suffix; the first rule whose suffix fits decides, whether or not this holds
     */
    private record Rule(String suffix, String replacement, Predicate<String> condition) {}

    private static final Predicate<String> ALWAYS = stem -> true;
    private static final Predicate<String> SOME = stem -> measure(stem) > 0;
    private static final Predicate<String> SEVERAL = stem -> measure(stem) > 1;

    private static final List<Rule> PLURALS = rules(ALWAYS, "sses", "ss", "ies", "i", "ss", "ss", "s", "");
    private static final List<Rule> DOUBLE_SUFFIXES = rules(
            SOME, "ational", "ate", "tional", "tion", "enci", "ence", "anci", "ance", "izer", "ize", "bli", "ble",
            "alli", "al", "entli", "ent", "eli", "e", "ousli", "ous", "ization", "ize", "ation", "ate", "ator", "ate",
            "alism", "al", "iveness", "ive", "fulness", "ful", "ousness", "ous", "aliti", "al", "iviti", "ive",
            "biliti", "ble", "fulli", "ful");
    /** The l counts with the stem, so that geologi becomes geolog. */
    private static final List<Rule> LOGI = List.of(new Rule("logi", "log", stem -> measure(stem + "l") > 0));

    private static final List<Rule> ADJECTIVES =
            rules(SOME, "icate", "ic", "ative", "", "alize", "al", "iciti", "ic", "ical", "ic", "ful", "", "ness", "");
    private static final List<Rule> SUFFIXES = concat(
            rules(
                    SEVERAL, "al", "", "ance", "", "ence", "", "er", "", "ic", "", "able", "", "ible", "", "ant", "",
                    "ement", "", "ment", "", "ent", ""),
            List.of(new Rule("ion", "", SEVERAL.and(stem -> stem.endsWith("s") || stem.endsWith("t")))),
            rules(SEVERAL, "ou", "", "ism", "", "ate", "", "iti", "", "ous", "", "ive", "", "ize", ""));

    private PorterStemmer() {}

    static String stem(String word) {
        String irregular = IRREGULAR.get(word);
        if (irregular != null) {
            return irregular;
        }
        if (word.length() <= 2) {
            return word;
        }
        String stem = yToI(pastAndGerund(plural(word)));
        stem = apply(ADJECTIVES, doubleSuffix(stem));
        return doubleL(finalE(apply(SUFFIXES, stem)));
    }

    /** Step 1a. */
    private static String plural(String word) {
        return word.length() == 4 && word.endsWith("ies") ? cut(word, 1) : apply(PLURALS, word);
    }

    /** Step 1b. */
    private static String pastAndGerund(String word) {
        if (word.endsWith("ied")) {
            return cut(word, word.length() == 4 ? 1 : 2);
        }
        if (word.endsWith("eed")) {
            return measure(cut(word, 3)) > 0 ? cut(word, 1) : word;
        }
        for (String suffix : List.of("ed", "ing")) {
            if (word.endsWith(suffix) && hasVowel(cut(word, suffix.length()))) {
                return withoutPast(cut(word, suffix.length()));
            }
        }
        return word;
    }

    private static String withoutPast(String stem) {
        if (stem.endsWith("at") || stem.endsWith("bl") || stem.endsWith("iz")) {
            return stem + "e";
        }
        if (endsInDoubleConsonant(stem)) {
            return "lsz".indexOf(stem.charAt(stem.length() - 1)) >= 0 ? stem : cut(stem, 1);
        }
        return measure(stem) == 1 && endsShort(stem) ? stem + "e" : stem;
    }

    /** Step 1c. */
    private static String yToI(String word) {
        return word.endsWith("y") && word.length() > 2 && isConsonant(word, word.length() - 2)
                ? cut(word, 1) + "i"
                : word;
    }

    /** Step 2. */
    private static String doubleSuffix(String word) {
        if (word.endsWith("alli") && measure(cut(word, 4)) > 0) {
            return doubleSuffix(cut(word, 2));
        }
        String after = apply(DOUBLE_SUFFIXES, word);
        return after.equals(word) ? apply(LOGI, word) : after;
    }

    /** Step 5a. */
    private static String finalE(String word) {
        if (!word.endsWith("e")) {
            return word;
        }
        String stem = cut(word, 1);
        int measure = measure(stem);
        return measure > 1 || (measure == 1 && !endsShort(stem)) ? stem : word;
    }

    /** Step 5b. */
    private static String doubleL(String word) {
        return word.endsWith("ll") && measure(cut(word, 1)) > 1 ? cut(word, 1) : word;
    }

    private static String apply(List<Rule> rules, String word) {
        for (Rule rule : rules) {
            if (word.endsWith(rule.suffix)) {
                String stem = cut(word, rule.suffix.length());
                return rule.condition.test(stem) ? stem + rule.replacement : word;
            }
        }
        return word;
    }

    private static String cut(String word, int letters) {
        return word.substring(0, word.length() - letters);
    }

    /** How often a vowel is followed by a consonant: Porter's m. */
    private static int measure(String stem) {
        int measure = 0;
        for (int i = 1; i < stem.length(); i++) {
            measure += isConsonant(stem, i) && !isConsonant(stem, i - 1) ? 1 : 0;
        }
        return measure;
    }

    private static boolean hasVowel(String stem) {
        for (int i = 0; i < stem.length(); i++) {
            if (!isConsonant(stem, i)) {
                return true;
            }
        }
        return false;
    }

    /** All but a, e, i, o, u; a y is one where no consonant stands before it. */
    private static boolean isConsonant(String word, int at) {
        int start = at;
        while (start > 0 && word.charAt(start) == 'y') { // of a run of y
            start--;
        }
        boolean first = "aeiou".indexOf(word.charAt(start)) < 0;
        return first == ((at - start) % 2 == 0);
    }

    private static boolean endsInDoubleConsonant(String word) {
        int last = word.length() - 1;
        return last > 0 && word.charAt(last) == word.charAt(last - 1) && isConsonant(word, last);
    }

    /** Consonant, vowel, consonant, as in hop: Porter's *o; or but a vowel and a consonant. */
    private static boolean endsShort(String word) {
        int last = word.length() - 1;
        if (last == 1) {
            return !isConsonant(word, 0) && isConsonant(word, 1);
        }
        return last > 1
                && isConsonant(word, last - 2)
                && !isConsonant(word, last - 1)
                && isConsonant(word, last)
                && "wxy".indexOf(word.charAt(last)) < 0;
    }

    private static List<Rule> rules(Predicate<String> condition, String... suffixesAndReplacements) {
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < suffixesAndReplacements.length; i += 2) {
            rules.add(new Rule(suffixesAndReplacements[i], suffixesAndReplacements[i + 1], condition));
        }
        return List.copyOf(rules);
    }

    private static List<Rule> concat(List<Rule> first, List<Rule> second, List<Rule> third) {
        return Stream.of(first, second, third).flatMap(List::stream).toList();
    }
}
