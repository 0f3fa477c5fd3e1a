package ffmerge.evaluate;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BLEU of a corpus with one reference a sentence (Papineni et al. 2002), as sacreBLEU computes it by default: mixed case,
 * n-grams up to 4, exponential smoothing.
 *
 * @param score from 0 to 100
 * @param precisions of n-grams of 1 to 4 words, in per cent
 * @param brevityPenalty below 1 where the translations are shorter than the references
 */
public record CorpusBleu(
        double score, double[] precisions, double brevityPenalty, long words, long referenceWords, String signature) {
    private static final int ORDER = 4;
    /** The version of sacreBLEU that the scores were compared with. */
    private static final String VERSION = "2.6.0";

    /** How many numbers {@link #counts} has. */
    static final int COUNTS = 2 * ORDER + 2;

    /** @throws IllegalArgumentException if there are not as many translations as references */
    public static CorpusBleu of(List<String> translations, List<String> references, BleuTokenizer tokenizer) {
        if (translations.size() != references.size()) {
            throw new IllegalArgumentException(
                    translations.size() + " translations, " + references.size() + " references");
        }
        double[] counts = new double[COUNTS];
        for (int i = 0; i < translations.size(); i++) {
            double[] own = counts(translations.get(i), references.get(i), tokenizer);
            Arrays.setAll(counts, k -> counts[k] + own[k]);
        }
        return ofCounts(counts, tokenizer);
    }

    /**
     * What a sentence adds to the corpus: n-grams that are right and n-grams in all, for each n, then the words of the
     * translation and of the reference.
     */
    static double[] counts(String translation, String reference, BleuTokenizer tokenizer) {
        List<String> words = tokenizer.words(translation);
        List<String> referenceWords = tokenizer.words(reference);
        double[] counts = new double[COUNTS];
        for (int n = 1; n <= ORDER; n++) {
            counts[n - 1] = matches(ngrams(words, n), ngrams(referenceWords, n));
            counts[ORDER + n - 1] = Math.max(0, words.size() - n + 1);
        }
        counts[2 * ORDER] = words.size();
        counts[2 * ORDER + 1] = referenceWords.size();
        return counts;
    }

    /** The score of a corpus by the sums of its sentences' {@link #counts}. */
    static CorpusBleu ofCounts(double[] counts, BleuTokenizer tokenizer) {
        long[] whole = Arrays.stream(counts).mapToLong(Math::round).toArray();
        String signature = "nrefs:1|case:mixed|eff:no|tok:" + tokenizer.label() + "|smooth:exp|version:" + VERSION;
        return score(
                Arrays.copyOf(whole, ORDER),
                Arrays.copyOfRange(whole, ORDER, 2 * ORDER),
                whole[2 * ORDER],
                whole[2 * ORDER + 1],
                signature);
    }

    private static CorpusBleu score(long[] correct, long[] total, long words, long referenceWords, String signature) {
        double penalty = 1;
        if (words < referenceWords) {
            penalty = words > 0 ? Math.exp(1 - (double) referenceWords / words) : 0;
        }
        double[] precisions = new double[ORDER];
        if (correct[0] + correct[1] + correct[2] + correct[3] == 0) {
            return new CorpusBleu(0, precisions, penalty, words, referenceWords, signature);
        }
        double smoothing = 1;
        double logs = 0;
        for (int n = 0; n < ORDER; n++) {
            if (total[n] > 0 && correct[n] == 0) {
                smoothing *= 2;
                precisions[n] = 100 / (smoothing * total[n]);
            } else if (total[n] > 0) {
                precisions[n] = 100. * correct[n] / total[n];
            }
            // where no sentence has n words the reference takes this for the logarithm of zero
            logs += precisions[n] == 0 ? -9999999999. : Math.log(precisions[n]);
        }
        return new CorpusBleu(penalty * Math.exp(logs / ORDER), precisions, penalty, words, referenceWords, signature);
    }

    private static Map<List<String>, Integer> ngrams(List<String> words, int n) {
        Map<List<String>, Integer> counts = new HashMap<>();
        for (int i = 0; i + n <= words.size(); i++) {
            counts.merge(words.subList(i, i + n), 1, Integer::sum);
        }
        return counts;
    }

    /** How many n-grams both have, each no more often than the rarer of the two. */
    private static long matches(Map<List<String>, Integer> translation, Map<List<String>, Integer> reference) {
        long matches = 0;
        for (Map.Entry<List<String>, Integer> ngram : translation.entrySet()) {
            matches += Math.min(ngram.getValue(), reference.getOrDefault(ngram.getKey(), 0));
        }
        return matches;
    }

    /** The line that sacreBLEU prints. */
    public String line() {
        return String.format(
                java.util.Locale.ROOT,
                "BLEU|%s = %.2f %.1f/%.1f/%.1f/%.1f (BP = %.3f ratio = %.3f hyp_len = %d ref_len = %d)",
                signature,
                score,
                precisions[0],
                precisions[1],
                precisions[2],
                precisions[3],
                brevityPenalty,
                referenceWords == 0 ? 0 : (double) words / referenceWords,
                words,
                referenceWords);
    }
}
