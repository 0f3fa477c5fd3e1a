package ffmerge.data;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Texts that may follow others, in rows whose shorter ones are padded behind; only what follows is scored. */
public record ContinuationBatch(List<Continuation> choices) implements Batch {
    public ContinuationBatch {
        choices = List.copyOf(choices);
    }

    @Override
    public int rows() {
        return choices.size();
    }

    @Override
    public int scored() {
        return choices.stream().mapToInt(c -> c.continuation().length).sum();
    }

    @Override
    public ContinuationBatch repeated(int times) {
        return new ContinuationBatch(Collections.nCopies(times, choices.get(0)));
    }

    @Override
    public ContinuationBatch part(int from, int to) {
        return new ContinuationBatch(choices.subList(from, to));
    }

    /** The rows as a model takes them, each without its last token. */
    public TokenBatch tokens() {
        return TokenBatch.padded(
                choices.stream().map(c -> Arrays.copyOf(c.ids(), c.inputs())).toList());
    }

    /** The first position at which something is predicted. */
    public int from() {
        return choices.stream().mapToInt(c -> c.context().length - 1).min().orElse(0);
    }

    /** The length of the rows, padding included. */
    public int length() {
        return choices.stream().mapToInt(Continuation::inputs).max().orElse(0);
    }

    /**
     * What is to be predicted from position {@link #from} on, {@code [rows, length − from]}; 0 where nothing is.
     */
    public long[] targets() {
        int span = length() - from();
        long[] targets = new long[rows() * span];
        for (int row = 0; row < rows(); row++) {
            Continuation choice = choices.get(row);
            int start = row * span + choice.context().length - 1 - from();
            for (int i = 0; i < choice.continuation().length; i++) {
                targets[start + i] = choice.continuation()[i];
            }
        }
        return targets;
    }
}
