package ffmerge.data;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Sentences to be classified together; the shorter ones are padded behind. */
public record SentenceBatch(List<LabelledSentence> sentences) implements Batch {
    public SentenceBatch {
        sentences = List.copyOf(sentences);
    }

    @Override
    public int rows() {
        return sentences.size();
    }

    @Override
    public int scored() {
        return rows();
    }

    @Override
    public SentenceBatch part(int from, int to) {
        return new SentenceBatch(sentences.subList(from, to));
    }

    @Override
    public SentenceBatch repeated(int times) {
        return new SentenceBatch(Collections.nCopies(times, sentences.get(0)));
    }

    /** How long the longest is, in tokens. */
    public int length() {
        return sentences.stream().mapToInt(s -> s.ids().length).max().orElse(0);
    }

    /** How many tokens there are, padding left out. */
    public int tokens() {
        return sentences.stream().mapToInt(s -> s.ids().length).sum();
    }

    public int[] labels() {
        return sentences.stream().mapToInt(LabelledSentence::label).toArray();
    }

    /** {@code [rows, length]} */
    public long[] ids(long padding) {
        long[] ids = new long[rows() * length()];
        Arrays.fill(ids, padding);
        long[] places = places();
        int count = 0;
        for (LabelledSentence sentence : sentences) {
            for (int id : sentence.ids()) {
                ids[(int) places[count++]] = id;
            }
        }
        return ids;
    }

    /** Where in {@link #ids} a token stands and no padding. */
    public boolean[] mask() {
        boolean[] mask = new boolean[rows() * length()];
        for (long place : places()) {
            mask[(int) place] = true;
        }
        return mask;
    }

    /** The places of {@link #ids} that hold a token, row by row. */
    public long[] places() {
        long[] places = new long[tokens()];
        int length = length();
        int count = 0;
        for (int row = 0; row < rows(); row++) {
            for (int i = 0; i < sentences.get(row).ids().length; i++) {
                places[count++] = (long) row * length + i;
            }
        }
        return places;
    }
}
