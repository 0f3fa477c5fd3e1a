package ffmerge.evaluate;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * F-measures of one summary against its reference (Lin 2004), shares of 1, as Google's {@code rouge_score} computes them.
 *
 * @param rouge1 over words
 * @param rouge2 over pairs of adjacent words
 * @param rougeLsum over longest common subsequences of sentences, which line breaks part: a reference sentence counts the
 *     union of those that it has with each sentence of the summary
 */
public record RougeScore(double rouge1, double rouge2, double rougeLsum) {
    public static RougeScore of(String reference, String summary, RougeWords words) {
        return new RougeScore(
                ofGrams(grams(words.of(reference), 1), grams(words.of(summary), 1)),
                ofGrams(grams(words.of(reference), 2), grams(words.of(summary), 2)),
                ofSentences(sentences(reference, words), sentences(summary, words)));
    }

    private static Map<List<String>, Integer> grams(List<String> words, int length) {
        Map<List<String>, Integer> counts = new HashMap<>();
        for (int i = 0; i + length <= words.size(); i++) {
            counts.merge(words.subList(i, i + length), 1, Integer::sum);
        }
        return counts;
    }

    private static double ofGrams(Map<List<String>, Integer> reference, Map<List<String>, Integer> summary) {
        int hits = 0;
        for (Map.Entry<List<String>, Integer> gram : reference.entrySet()) {
            hits += Math.min(gram.getValue(), summary.getOrDefault(gram.getKey(), 0));
        }
        return fMeasure(hits, total(summary), total(reference));
    }

    private static int total(Map<List<String>, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static double fMeasure(int hits, int inSummary, int inReference) {
        double precision = hits / (double) Math.max(inSummary, 1);
        double recall = hits / (double) Math.max(inReference, 1);
        return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    }

    private static List<List<String>> sentences(String text, RougeWords words) {
        return Arrays.stream(text.split("\n")).map(words::of).toList();
    }

    private static double ofSentences(List<List<String>> reference, List<List<String>> summary) {
        Map<String, Integer> leftInReference = counts(reference);
        Map<String, Integer> leftInSummary = counts(summary);
        int hits = 0;
        for (List<String> sentence : reference) {
            BitSet union = new BitSet();
            summary.forEach(other -> union.or(longestCommon(sentence, other)));
            for (int place : union.stream().toArray()) { // a word counts no more often than it stands in either
                String word = sentence.get(place);
                if (leftInReference.getOrDefault(word, 0) > 0 && leftInSummary.getOrDefault(word, 0) > 0) {
                    hits++;
                    leftInReference.merge(word, -1, Integer::sum);
                    leftInSummary.merge(word, -1, Integer::sum);
                }
            }
        }
        return fMeasure(hits, size(summary), size(reference));
    }

    private static int size(List<List<String>> sentences) {
        return sentences.stream().mapToInt(List::size).sum();
    }

    private static Map<String, Integer> counts(List<List<String>> sentences) {
        Map<String, Integer> counts = new HashMap<>();
        sentences.forEach(sentence -> sentence.forEach(word -> counts.merge(word, 1, Integer::sum)));
        return counts;
    }

    /** Places in {@code a} of one longest common subsequence: of several the one that the reference implementation finds. */
    private static BitSet longestCommon(List<String> a, List<String> b) {
        int[][] lengths = new int[a.size() + 1][b.size() + 1];
        for (int i = 1; i <= a.size(); i++) {
            for (int j = 1; j <= b.size(); j++) {
                lengths[i][j] = a.get(i - 1).equals(b.get(j - 1))
                        ? lengths[i - 1][j - 1] + 1
                        : Math.max(lengths[i - 1][j], lengths[i][j - 1]);
            }
        }
        BitSet places = new BitSet();
        int i = a.size();
        int j = b.size();
        while (i > 0 && j > 0) {
            if (a.get(i - 1).equals(b.get(j - 1))) {
                places.set(--i);
                j--;
            } else if (lengths[i][j - 1] > lengths[i - 1][j]) {
                j--;
            } else {
                i--;
            }
        }
        return places;
    }
}
