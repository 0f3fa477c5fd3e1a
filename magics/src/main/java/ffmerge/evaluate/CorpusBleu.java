package ffmerge.evaluate;

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

    /** @throws IllegalArgumentException if there are not as many translations as references */
    public static CorpusBleu of(List<String> translations, List<String> references, BleuTokenizer tokenizer) {
        if (translations.size() != references.size()) {
            throw new IllegalArgumentException(
                    translations.size() + " translations, " + references.size() + " references");
        }
        long[] correct = new long[ORDER];
        long[] total = new long[ORDER];
        long words = 0;
        long referenceWords = 0;
        for (int i = 0; i < translations.size(); i++) {
            List<String> translation = tokenizer.words(translations.get(i));
            List<String> reference = tokenizer.words(references.get(i));
            words += translation.size();
            referenceWords += reference.size();
            for (int n = 1; n <= ORDER; n++) {
                correct[n - 1] += matches(ngrams(translation, n), ngrams(reference, n));
                total[n - 1] += Math.max(0, translation.size() - n + 1);
            }
        }
        String signature = "nrefs:1|case:mixed|eff:no|tok:" + tokenizer.label() + "|smooth:exp|version:" + VERSION;
        return score(correct, total, words, referenceWords, signature);
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
