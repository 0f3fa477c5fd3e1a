package ffmerge.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Texts that may follow others, in rows whose shorter ones are padded behind; only what follows is scored. What goes in is the
 * same for choices of one token, so these have one row.
 *
 * @param inputs the rows, each without a choice's last token
 * @param rowOf each choice's row
 */
public record ContinuationBatch(List<Continuation> choices, List<int[]> inputs, int[] rowOf) implements Batch {
    public ContinuationBatch {
        choices = List.copyOf(choices);
        inputs = List.copyOf(inputs);
    }

    /** These choices, what goes in for several of them in one row. */
    public static ContinuationBatch of(List<Continuation> choices) {
        Map<List<Integer>, Integer> rows = new HashMap<>();
        List<int[]> inputs = new ArrayList<>();
        int[] rowOf = new int[choices.size()];
        for (int i = 0; i < rowOf.length; i++) {
            int[] input = choices.get(i).input();
            rowOf[i] = rows.computeIfAbsent(IntStream.of(input).boxed().toList(), key -> {
                inputs.add(input);
                return inputs.size() - 1;
            });
        }
        return new ContinuationBatch(choices, inputs, rowOf);
    }

    @Override
    public int rows() {
        return inputs.size();
    }

    /** Items: whose choices may stand in several rows. */
    @Override
    public int examples() {
        return (int) choices.stream().mapToInt(Continuation::item).distinct().count();
    }

    @Override
    public int scored() {
        return choices.stream().mapToInt(c -> c.continuation().length).sum();
    }

    /** The first choice so many times, in rows of its own. */
    @Override
    public ContinuationBatch repeated(int times) {
        return new ContinuationBatch(
                Collections.nCopies(times, choices.get(0)),
                Collections.nCopies(times, inputs.get(rowOf[0])),
                IntStream.range(0, times).toArray());
    }

    @Override
    public ContinuationBatch part(int from, int to) {
        int[] some = ofRows(from, to).toArray();
        return new ContinuationBatch(
                Arrays.stream(some).mapToObj(choices::get).toList(),
                inputs.subList(from, to),
                Arrays.stream(some).map(choice -> rowOf[choice] - from).toArray());
    }

    /** The choices whose row is one from {@code from} to {@code to} (exclusive). */
    public IntStream ofRows(int from, int to) {
        return IntStream.range(0, rowOf.length).filter(choice -> rowOf[choice] >= from && rowOf[choice] < to);
    }

    /** The rows as a model takes them. */
    public TokenBatch tokens() {
        return TokenBatch.padded(inputs);
    }

    /** The first position at which something is predicted. */
    public int from() {
        return choices.stream().mapToInt(c -> c.context().length - 1).min().orElse(0);
    }

    /** The length of the rows, padding included. */
    public int length() {
        return inputs.stream().mapToInt(row -> row.length).max().orElse(0);
    }

    /** How many choices share a row at most. */
    public int most() {
        return Arrays.stream(places()).max().orElse(0) + 1;
    }

    /** Each choice's place among those of its row. */
    public int[] places() {
        int[] there = new int[rows()];
        return Arrays.stream(rowOf).map(row -> there[row]++).toArray();
    }

    /**
     * What is to be predicted from position {@link #from} on, {@code [rows, length − from, most]}; 0 where nothing is.
     */
    public long[] targets() {
        int span = length() - from();
        int most = most();
        int[] places = places();
        long[] targets = new long[rows() * span * most];
        for (int i = 0; i < rowOf.length; i++) {
            Continuation choice = choices.get(i);
            int start = rowOf[i] * span + choice.context().length - 1 - from();
            for (int t = 0; t < choice.continuation().length; t++) {
                targets[(start + t) * most + places[i]] = choice.continuation()[t];
            }
        }
        return targets;
    }
}
