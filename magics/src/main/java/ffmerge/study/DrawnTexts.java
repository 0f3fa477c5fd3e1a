package ffmerge.study;

import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import ffmerge.workload.Workload;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A workload whose activations are recorded over other examples: some that are drawn from the training split.
 *
 * @param of the same otherwise
 */
record DrawnTexts(Workload of, long seed) implements Workload {
    private static final int TOKENS_PER_BATCH = 2048;

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        int examples = Math.max(1, TOKENS_PER_BATCH / of.tokensPerExample());
        // sentences differ in length: twice as many as are needed of the usual one
        long batches = 1 + 2L * rows / ((long) examples * of.tokensPerExample());
        return LongStream.range(0, batches)
                .mapToObj(index -> of.trainingBatch(examples, seed, index))
                .toList();
    }

    @Override
    public List<? extends Batch> lossBatches(int rows) {
        return of.lossBatches(rows);
    }

    @Override
    public String key() {
        return of.key() + " drawn " + seed;
    }

    @Override
    public String data() {
        return of.data();
    }

    @Override
    public Map<String, Object> settings() {
        return of.settings();
    }

    @Override
    public int tokensPerExample() {
        return of.tokensPerExample();
    }

    @Override
    public Optional<Integer> context() {
        return of.context();
    }

    @Override
    public Metric metric(Split split, int limit) {
        return of.metric(split, limit);
    }

    @Override
    public Map<String, Long> activationRows(int enough) {
        return of.activationRows(enough);
    }

    @Override
    public Batch trainingBatch(int rows, long seedOfBatch, long index) {
        return of.trainingBatch(rows, seedOfBatch, index);
    }
}
