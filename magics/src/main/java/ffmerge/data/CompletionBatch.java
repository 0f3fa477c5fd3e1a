package ffmerge.data;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Prompts with what should follow them, in rows whose shorter ones are padded behind; only what follows is scored. */
public record CompletionBatch(List<Completion> completions) implements Batch {
    public CompletionBatch {
        completions = List.copyOf(completions);
    }

    @Override
    public int rows() {
        return completions.size();
    }

    @Override
    public int scored() {
        return completions.stream().mapToInt(c -> c.target().length).sum();
    }

    @Override
    public CompletionBatch repeated(int times) {
        return new CompletionBatch(Collections.nCopies(times, completions.get(0)));
    }

    @Override
    public CompletionBatch part(int from, int to) {
        return new CompletionBatch(completions.subList(from, to));
    }

    /** How many tokens there are, prompts and targets, padding left out. */
    public int count() {
        return completions.stream().mapToInt(Completion::length).sum();
    }

    /** Tokens of the longest target. */
    public int longestTarget() {
        return completions.stream().mapToInt(c -> c.target().length).max().orElse(0);
    }

    public List<int[]> prompts() {
        return completions.stream().map(Completion::prompt).toList();
    }

    /** The rows as a model takes them. */
    public TokenBatch tokens() {
        return TokenBatch.padded(completions.stream().map(Completion::ids).toList());
    }

    /**
     * What is to be predicted, {@code [rows, length of the longest]}.
     *
     * @param none stands where nothing is: in prompts and padding
     */
    public long[] targets(long none) {
        int length = completions.stream().mapToInt(Completion::length).max().orElse(0);
        long[] targets = new long[rows() * length];
        Arrays.fill(targets, none);
        for (int row = 0; row < rows(); row++) {
            Completion completion = completions.get(row);
            int start = row * length + completion.prompt().length;
            IntStream.range(0, completion.target().length)
                    .forEach(i -> targets[start + i] = completion.target()[i]);
        }
        return targets;
    }
}
