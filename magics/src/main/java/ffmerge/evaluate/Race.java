package ffmerge.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * Finds the best of many models without measuring all of them on everything (Maron and Moore 1994): all are measured on the
 * same few batches; those that are worse than the best by more than chance are out; the others go on to twice as many, and so on
 * until one is left, or those that are left differ by less than the 95 % interval that the best's value would have over all
 * batches, or these are used up. Differences are paired, and tested by Student's t at a level that is divided by the number of
 * models and of looks (Bonferroni), so that the best leaves the race in 5 of 100 at most. Perplexities are compared by their
 * logarithms, the losses.
 */
public final class Race {
    private static final double LEVEL = 0.05;
    /** Deviations on each side of a value in a 95 % interval. */
    private static final double HALF_INTERVAL = 1.96;
    /** Fewer don't tell how much examples differ. */
    private static final int LEAST_EXAMPLES = 10;

    private final Metric metric;
    private final int[] groups;
    private final long seed;
    private final List<List<Integer>> looks;
    private final List<SortedMap<Integer, Scores>> found; // by model and batch
    private final boolean[] out;
    private final boolean[] useless;
    private final Set<Integer> settled = new HashSet<>(); // groups
    private final int examples;
    private int look; // how many are done

    /**
     * @param groups of each model: in each group the best is to be found
     * @param examples of each batch of the metric
     * @param seed of the order in which batches come, and of resamples
     */
    public Race(Metric metric, int[] groups, int[] examples, long seed) {
        this.metric = metric;
        this.groups = groups.clone();
        this.seed = seed;
        this.looks = looks(examples, seed);
        this.found = Arrays.stream(groups)
                .mapToObj(group -> (SortedMap<Integer, Scores>) new TreeMap<Integer, Scores>())
                .toList();
        this.out = new boolean[groups.length];
        this.useless = new boolean[groups.length];
        this.examples = Arrays.stream(examples).sum();
    }

    /** Which batches are added at each look: first enough for a test, then as many as there were before. */
    private static List<List<Integer>> looks(int[] examples, long seed) {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, examples.length).boxed().toList());
        Collections.shuffle(order, new Random(seed));
        List<List<Integer>> looks = new ArrayList<>();
        int end = 0;
        for (int seen = 0; end < order.size() && seen < LEAST_EXAMPLES; end++) {
            seen += examples[order.get(end)];
        }
        for (int from = 0; from < order.size(); ) {
            looks.add(List.copyOf(order.subList(from, end)));
            from = end;
            end = Math.min(order.size(), 2 * end);
        }
        return looks;
    }

    /** The batches on which those that race are to be measured next; none where all is said. */
    public List<Integer> batches() {
        return isDecided() || look == looks.size() ? List.of() : looks.get(look);
    }

    private boolean isDecided() {
        return look > 0 && IntStream.range(0, groups.length).noneMatch(this::hasRival);
    }

    private boolean hasRival(int model) {
        return isRacing(model)
                && !settled.contains(groups[model])
                && IntStream.range(0, groups.length)
                        .anyMatch(other -> other != model && groups[other] == groups[model] && isRacing(other));
    }

    /** Whether a model is to be measured on the next batches: it can still be the best, and isn't yet. */
    public boolean isMeasured(int model) {
        return look == 0 || hasRival(model);
    }

    /** Whether a model may be the best, as far as is known. */
    public boolean isRacing(int model) {
        return !out[model] && !useless[model];
    }

    /** Takes one out of the race that wouldn't be chosen, as it saves nothing. */
    public void leaveOut(int model) {
        useless[model] = true;
    }

    public void add(int model, int batch, Scores scores) {
        found.get(model).put(batch, scores);
    }

    /** After all that race were measured: throws out those that are worse than the best of their group. */
    public void look() {
        look++;
        for (int group : Arrays.stream(groups).distinct().toArray()) {
            List<Integer> racing = IntStream.range(0, groups.length)
                    .filter(model -> groups[model] == group && hasRival(model))
                    .boxed()
                    .toList();
            if (!racing.isEmpty() && areSettled(racing)) {
                settled.add(group);
            }
        }
    }

    /** Throws some out; whether those that are left are as good as one another. */
    private boolean areSettled(List<Integer> racing) {
        List<Bootstrap> measured = racing.stream()
                .map(model -> Bootstrap.of(metric, scores(model), seed))
                .toList();
        Bootstrap best = measured.stream()
                .min(Comparator.comparingDouble(b -> Double.isFinite(b.value()) ? badness(b.value()) : 1e300))
                .orElseThrow();
        double level = LEVEL / ((racing.size() - 1) * looks.size());
        boolean alike = true;
        for (int i = 0; i < measured.size(); i++) {
            if (measured.get(i) != best) {
                Gap gap = gap(measured.get(i), best, level);
                out[racing.get(i)] = gap.least > 0;
                alike &= out[racing.get(i)] || gap.most < halfInterval(best);
            }
        }
        return alike;
    }

    /** How much worse one is than another, at least and at most; NaN where that isn't known. */
    private record Gap(double least, double most) {}

    private Gap gap(Bootstrap one, Bootstrap best, double level) {
        if (!Double.isFinite(one.value())) {
            return Double.isFinite(best.value())
                    ? new Gap(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY)
                    : new Gap(Double.NaN, Double.NaN);
        }
        double[] differences = new double[one.resamples().length];
        Arrays.setAll(differences, r -> badness(one.resamples()[r]) - badness(best.resamples()[r]));
        double deviation = best.examples() < 2 ? 0 : deviation(differences, best.examples());
        if (!(deviation > 0)) {
            return new Gap(Double.NaN, Double.NaN); // few answers that are all alike say nothing of the others
        }
        double margin =
                new TDistribution(null, best.examples() - 1.).inverseCumulativeProbability(1 - level) * deviation;
        double gap = badness(one.value()) - badness(best.value());
        return new Gap(gap - margin, gap + margin);
    }

    /** On each side of the value, were it of all examples. */
    private double halfInterval(Bootstrap of) {
        double[] values = Arrays.stream(of.resamples()).map(this::badness).toArray();
        return HALF_INTERVAL * deviation(values, of.examples()) * Math.sqrt((double) of.examples() / examples);
    }

    /** Resamples vary less than samples do, by the examples' own mean. */
    private static double deviation(double[] resamples, int examples) {
        double mean = Arrays.stream(resamples).average().orElse(0);
        double variance = Arrays.stream(resamples)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElse(Double.NaN);
        return Math.sqrt(variance * examples / (examples - 1.));
    }

    /** The larger the worse, and as normal as may be: what is better low is a loss's exponential or a rate. */
    private double badness(double value) {
        return metric.measure().higherIsBetter() ? -value : Math.log(value);
    }

    /** What is known of a model, in the order of batches. */
    public Scores scores(int model) {
        return Scores.of(List.copyOf(found.get(model).values()));
    }

    /** What a model was measured on, in order. */
    public Collection<Integer> batchesOf(int model) {
        return found.get(model).keySet();
    }

    /** The share of all batches of all models that was not measured. */
    public double saved() {
        long all = (long) groups.length * looks.stream().mapToInt(List::size).sum();
        long measured = found.stream().mapToInt(SortedMap::size).sum();
        return 1 - (double) measured / all;
    }

    /** The batches that somebody was measured on, in order. */
    public List<Integer> seen() {
        return found.stream()
                .flatMap(batches -> batches.keySet().stream())
                .distinct()
                .sorted()
                .toList();
    }
}
