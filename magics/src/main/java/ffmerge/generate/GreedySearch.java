package ffmerge.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Takes the likeliest token each time. */
final class GreedySearch implements Search {
    private final GenerationSettings settings;
    private final int[] limits;
    private final int[][] sentences;
    private int[] live; // sentences that have no end yet
    private int generated;

    GreedySearch(int[] limits, GenerationSettings settings) {
        this.settings = settings;
        this.limits = limits;
        this.sentences = new int[limits.length][0];
        this.live = new int[limits.length];
        Arrays.setAll(live, i -> i);
    }

    @Override
    public Rows start() {
        long[] rows = new long[live.length];
        Arrays.setAll(rows, i -> i);
        long[] tokens = new long[live.length];
        Arrays.fill(tokens, settings.start());
        return new Rows(rows, rows, tokens, new float[live.length]);
    }

    @Override
    public int candidates() {
        return 1;
    }

    @Override
    public Rows next(float[] scores, long[] which) {
        generated++;
        List<Integer> going = new ArrayList<>(); // rows that go on
        for (int row = 0; row < live.length; row++) {
            int[] longer = Arrays.copyOf(sentences[live[row]], generated);
            longer[generated - 1] = (int) which[row];
            sentences[live[row]] = longer;
            if (!settings.ends().contains((int) which[row]) && generated < limits[live[row]]) {
                going.add(row);
            }
        }
        long[] rows = going.stream().mapToLong(Integer::longValue).toArray();
        long[] tokens = going.stream().mapToLong(row -> which[row]).toArray();
        live = going.stream().mapToInt(row -> live[row]).toArray();
        return new Rows(rows, rows, tokens, new float[rows.length]);
    }

    @Override
    public List<int[]> results() {
        return List.of(sentences);
    }
}
