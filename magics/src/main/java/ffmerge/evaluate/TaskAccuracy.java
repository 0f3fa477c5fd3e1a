package ffmerge.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.data.Continuation;
import ffmerge.data.ContinuationBatch;
import ffmerge.data.QuestionSet;
import ffmerge.model.HiddenStates;
import ffmerge.model.LanguageModel;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.TaskItem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The share of a task's items whose likeliest choice is the right one, as lm-evaluation-harness has it: {@code acc} by
 * log-likelihoods, {@code acc_norm} by log-likelihoods a character. An item of one choice is right where greedy decoding
 * says it.
 */
public final class TaskAccuracy implements Metric {
    public static final Measure MEASURE = Measure.higher("acc", "items")
            .titled(Accuracy.MEASURE.title())
            .asShare()
            .timedByExample();

    /** Tokens of a batch: enough for fast matrix products, few enough for a small machine. */
    private static final int TOKENS_PER_BATCH = 2048;

    /** Logits that exist at a time: 16 MB of float32. */
    private static final int LOGITS = 1 << 22;

    /** What precedes an item's log-likelihoods in its unit: whether it is right, also by characters. */
    private static final int BEFORE = 2;

    private final List<Batch> batches;
    private final QuestionSet task;
    private final int limit;
    private final int mostChoices;

    /** @param limit at most so many items, from the first */
    public TaskAccuracy(QuestionSet task, int limit) {
        this.batches = List.copyOf(task.byLength(limit, TOKENS_PER_BATCH));
        this.task = task;
        this.limit = limit;
        this.mostChoices = measured().stream()
                .mapToInt(item -> item.choices().size())
                .max()
                .orElse(1);
    }

    private List<QuestionSet.Item> measured() {
        return task.items().subList(0, Math.min(limit, task.items().size()));
    }

    @Override
    public Measure measure() {
        return MEASURE;
    }

    @Override
    public List<Batch> batches() {
        return batches;
    }

    @Override
    public long examples() {
        return measured().size();
    }

    @Override
    public Work work() {
        return Work.of(batches, batch -> ((ContinuationBatch) batch).length());
    }

    @Override
    public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
        ContinuationBatch batch = (ContinuationBatch) states.batch();
        HiddenStates last = model.advance(states, model.layers(), pass);
        Predicted predicted;
        try {
            predicted = predicted(model, batch, last, pass);
        } finally {
            if (last.x() != states.x()) {
                last.close();
            }
        }
        List<double[]> units = new ArrayList<>();
        for (int first = 0; first < batch.choices().size(); ) {
            QuestionSet.Item item = task.items().get(batch.choices().get(first).item());
            int choices = item.choices().size();
            double[] logLikelihoods = Arrays.copyOfRange(predicted.logLikelihoods, first, first + choices);
            units.add(unit(item, logLikelihoods, predicted.greedy[first]));
            first += choices;
        }
        return new Scores(units, (long) batch.rows() * batch.length());
    }

    /**
     * Of each choice of a batch.
     *
     * @param logLikelihoods of what follows the context, in nats
     * @param greedy whether each token of it is the likeliest
     */
    private record Predicted(double[] logLikelihoods, boolean[] greedy) {}

    private static Predicted predicted(TransformerModel model, ContinuationBatch batch, HiddenStates last, Pass pass) {
        int from = batch.from();
        int span = batch.length() - from;
        int most = batch.most();
        int[] places = batch.places();
        long[] targets = batch.targets(); // [rows, span, most]
        double[] sums = new double[batch.choices().size()];
        boolean[] greedy = new boolean[sums.length];
        Arrays.fill(greedy, true);
        int rowsAtATime = Math.max(1, LOGITS / Math.max(1, span * ((LanguageModel) model).vocabulary()));
        for (int row = 0; row < batch.rows(); row += rowsAtATime) {
            int start = row;
            int end = Math.min(batch.rows(), row + rowsAtATime);
            try (NDManager scope = model.newScope()) {
                NDArray x = last.x().get(new NDIndex("{}:{}, {}:, :", row, end, from)); // [rows, span, model]
                x.attach(scope);
                HiddenStates some = new HiddenStates(batch, last.layer(), x, last.source());
                NDArray logits = ((LanguageModel) model)
                        .logits(some, pass.in(scope))
                        .toType(DataType.FLOAT32, false); // [rows, span, vocabulary]
                NDArray asked = scope.create(
                        Arrays.copyOfRange(targets, row * span * most, end * span * most),
                        new Shape(end - row, span, most));
                float[] losses = logits.logSoftmax(-1)
                        .gather(asked.toDevice(logits.getDevice(), false), 2)
                        .toFloatArray();
                long[] likeliest = logits.argMax(-1).toLongArray();
                batch.ofRows(start, end).forEach(c -> {
                    Continuation choice = batch.choices().get(c);
                    int first = (batch.rowOf()[c] - start) * span + choice.context().length - 1 - from;
                    for (int i = 0; i < choice.continuation().length; i++) {
                        sums[c] += losses[(first + i) * most + places[c]];
                        greedy[c] &= likeliest[first + i] == choice.continuation()[i];
                    }
                });
            }
        }
        return new Predicted(sums, greedy);
    }

    /** Right or not, right by characters or not, and the log-likelihoods, filled up with 0 to as many as any item has. */
    private double[] unit(QuestionSet.Item item, double[] logLikelihoods, boolean greedy) {
        double[] unit = new double[BEFORE + mostChoices];
        boolean lone = logLikelihoods.length == 1;
        boolean right = lone ? greedy : highest(logLikelihoods) == item.right();
        boolean rightNorm = lone ? greedy : highest(byCharacter(item, logLikelihoods)) == item.right();
        unit[0] = right ? 1 : 0;
        unit[1] = rightNorm ? 1 : 0;
        System.arraycopy(logLikelihoods, 0, unit, BEFORE, logLikelihoods.length);
        return unit;
    }

    private static double[] byCharacter(QuestionSet.Item item, double[] logLikelihoods) {
        double[] each = new double[logLikelihoods.length];
        for (int i = 0; i < each.length; i++) {
            each[i] = logLikelihoods[i] / item.characters().get(i);
        }
        return each;
    }

    /** The first of the highest. */
    private static int highest(double[] values) {
        int highest = 0;
        for (int i = 1; i < values.length; i++) {
            highest = values[i] > values[highest] ? i : highest;
        }
        return highest;
    }

    @Override
    public double value(Total total) {
        return total.mean(0);
    }

    /** {@code acc_norm}. */
    public double byCharacters(Total total) {
        return total.mean(1);
    }

    @Override
    public Map<String, String> details(Total total) {
        return Map.of("accuracy by characters", String.format(Locale.ROOT, "%.2f %%", 100 * byCharacters(total)));
    }

    /**
     * What was found for each item, in the task's order.
     *
     * @param scores of all batches of this metric
     */
    public List<TaskItem> items(Scores scores) {
        List<TaskItem> found = new ArrayList<>();
        List<Integer> order = new ArrayList<>(); // in which the batches have the items
        int at = 0;
        for (Batch batch : batches) {
            List<Continuation> choices = ((ContinuationBatch) batch).choices();
            for (int first = 0; first < choices.size(); ) {
                QuestionSet.Item item = task.items().get(choices.get(first).item());
                double[] unit = scores.units().get(at++);
                double[] logLikelihoods =
                        Arrays.copyOfRange(unit, BEFORE, BEFORE + item.choices().size());
                found.add(new TaskItem(highest(logLikelihoods), unit[0] == 1, unit[1] == 1, logLikelihoods));
                order.add(item.index());
                first += item.choices().size();
            }
        }
        return IntStream.range(0, found.size())
                .boxed()
                .sorted(Comparator.comparing(order::get))
                .map(found::get)
                .toList();
    }
}
