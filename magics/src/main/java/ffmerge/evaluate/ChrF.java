package ffmerge.evaluate;

import ffmerge.data.PythonText;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * chrF2 of a corpus with one reference a sentence (Popović 2015), as sacreBLEU computes it by default: n-grams of 1 to 6
 * characters without white space, recall twice as important as precision.
 *
 * @param score from 0 to 100
 */
public record ChrF(double score, String signature) {
    private static final int ORDER = 6;
    private static final double BETA_SQUARED = 4;
    private static final String SIGNATURE = "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0";

    /** How many numbers {@link #counts} has. */
    static final int COUNTS = 3 * ORDER;

    /** @throws IllegalArgumentException if there are not as many translations as references */
    public static ChrF of(List<String> translations, List<String> references) {
        if (translations.size() != references.size()) {
            throw new IllegalArgumentException(
                    translations.size() + " translations, " + references.size() + " references");
        }
        double[] counts = new double[COUNTS];
        for (int i = 0; i < translations.size(); i++) {
            double[] own = counts(translations.get(i), references.get(i));
            Arrays.setAll(counts, k -> counts[k] + own[k]);
        }
        return ofCounts(counts);
    }

    /** What a sentence adds to the corpus: n-grams found, n-grams expected and n-grams that are both, for each n. */
    static double[] counts(String translation, String reference) {
        double[] counts = new double[COUNTS];
        int[] found = characters(translation);
        int[] expected = characters(reference);
        for (int n = 1; n <= ORDER; n++) {
            Map<String, Integer> wanted = ngrams(expected, n);
            // without any n-gram in the reference those of the translation count for nothing
            counts[n - 1] = wanted.isEmpty() ? 0 : Math.max(0, found.length - n + 1);
            counts[ORDER + n - 1] = Math.max(0, expected.length - n + 1);
            for (Map.Entry<String, Integer> ngram : ngrams(found, n).entrySet()) {
                counts[2 * ORDER + n - 1] += Math.min(ngram.getValue(), wanted.getOrDefault(ngram.getKey(), 0));
            }
        }
        return counts;
    }

    /** The score of a corpus by the sums of its sentences' {@link #counts}. */
    static ChrF ofCounts(double[] counts) {
        return new ChrF(
                score(
                        Arrays.copyOf(counts, ORDER),
                        Arrays.copyOfRange(counts, ORDER, 2 * ORDER),
                        Arrays.copyOfRange(counts, 2 * ORDER, COUNTS)),
                SIGNATURE);
    }

    private static double score(double[] found, double[] expected, double[] matched) {
        double precision = 0;
        double recall = 0;
        int orders = 0;
        for (int n = 0; n < ORDER; n++) {
            if (found[n] > 0 && expected[n] > 0) {
                precision += matched[n] / found[n];
                recall += matched[n] / expected[n];
                orders++;
            }
        }
        if (precision + recall == 0) {
            return 0;
        }
        precision /= orders;
        recall /= orders;
        return 100 * (1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall);
    }

    private static int[] characters(String sentence) {
        return sentence.codePoints().filter(c -> !PythonText.isSpace(c)).toArray();
    }

    private static Map<String, Integer> ngrams(int[] characters, int n) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i + n <= characters.length; i++) {
            counts.merge(new String(characters, i, n), 1, Integer::sum);
        }
        return counts;
    }
}
