package ffmerge.evaluate;

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

    /** @throws IllegalArgumentException if there are not as many translations as references */
    public static ChrF of(List<String> translations, List<String> references) {
        if (translations.size() != references.size()) {
            throw new IllegalArgumentException(
                    translations.size() + " translations, " + references.size() + " references");
        }
        long[] found = new long[ORDER];
        long[] expected = new long[ORDER];
        long[] matched = new long[ORDER];
        for (int i = 0; i < translations.size(); i++) {
            int[] translation = characters(translations.get(i));
            int[] reference = characters(references.get(i));
            for (int n = 1; n <= ORDER; n++) {
                Map<String, Integer> wanted = ngrams(reference, n);
                Map<String, Integer> had = ngrams(translation, n);
                // without any n-gram in the reference those of the translation count for nothing
                found[n - 1] += wanted.isEmpty() ? 0 : Math.max(0, translation.length - n + 1);
                expected[n - 1] += Math.max(0, reference.length - n + 1);
                for (Map.Entry<String, Integer> ngram : had.entrySet()) {
                    matched[n - 1] += Math.min(ngram.getValue(), wanted.getOrDefault(ngram.getKey(), 0));
                }
            }
        }
        return new ChrF(score(found, expected, matched), SIGNATURE);
    }

    private static double score(long[] found, long[] expected, long[] matched) {
        double precision = 0;
        double recall = 0;
        int orders = 0;
        for (int n = 0; n < ORDER; n++) {
            if (found[n] > 0 && expected[n] > 0) {
                precision += (double) matched[n] / found[n];
                recall += (double) matched[n] / expected[n];
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
