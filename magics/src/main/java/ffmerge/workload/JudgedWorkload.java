package ffmerge.workload;

import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Data that a model is trained on, and questions by which it is measured.
 *
 * @param trained is read for training and for activations
 */
record JudgedWorkload(Workload trained, TaskWorkload judge) implements Workload {
    @Override
    public String data() {
        return trained.data();
    }

    @Override
    public String measured() {
        return judge.data();
    }

    @Override
    public String key() {
        return trained.key() + " " + judge.key();
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>(judge.settings());
        settings.put("task-data", settings.remove("data"));
        settings.putAll(trained.settings());
        return settings;
    }

    @Override
    public int tokensPerExample() {
        return trained.tokensPerExample();
    }

    @Override
    public Optional<Integer> context() {
        return trained.context();
    }

    @Override
    public Metric metric(Split split, int limit) {
        return judge.metric(split, limit);
    }

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        return trained.activationBatches(rows);
    }

    @Override
    public Map<String, Long> activationRows(int enough) {
        return trained.activationRows(enough);
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        return trained.trainingBatch(rows, seed, index);
    }
}
