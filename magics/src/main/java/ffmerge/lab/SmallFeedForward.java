package ffmerge.lab;

import ffmerge.permutation.Permutation;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * An FF sublayer that is small enough to look at: {@code out = W_out · max(0, W_in · x + b_in) + b_out}. Its arrays are
 * copied as they come in and go out: an exercise that writes into them doesn't change what its check compares with.
 *
 * @param in W_in, [units][inputs]
 * @param inBias b_in, [units]
 * @param out W_out, [outputs][units]
 * @param outBias b_out, [outputs]
 */
public record SmallFeedForward(double[][] in, double[] inBias, double[][] out, double[] outBias) {
    /** @throws IllegalArgumentException if the shapes don't go together */
    public SmallFeedForward {
        int units = in.length;
        int inputs = units == 0 ? 0 : in[0].length;
        boolean fits = inBias.length == units
                && outBias.length == out.length
                && Arrays.stream(in).allMatch(row -> row.length == inputs)
                && Arrays.stream(out).allMatch(row -> row.length == units);
        if (!fits) {
            throw new IllegalArgumentException("W_in has " + units + " rows of weights, so b_in has " + units
                    + " numbers and W_out as many in each row; b_out has a number for each row of W_out");
        }
        in = copied(in);
        inBias = inBias.clone();
        out = copied(out);
        outBias = outBias.clone();
    }

    @Override
    public double[][] in() {
        return copied(in);
    }

    @Override
    public double[] inBias() {
        return inBias.clone();
    }

    @Override
    public double[][] out() {
        return copied(out);
    }

    @Override
    public double[] outBias() {
        return outBias.clone();
    }

    private static double[][] copied(double[][] rows) {
        return Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
    }

    /** With weights that are drawn from a normal distribution. */
    public static SmallFeedForward random(int inputs, int units, int outputs, long seed) {
        Random random = new Random(seed);
        return new SmallFeedForward(
                normal(random, units, inputs),
                normal(random, 1, units)[0],
                normal(random, outputs, units),
                normal(random, 1, outputs)[0]);
    }

    private static double[][] normal(Random random, int rows, int columns) {
        double[][] values = new double[rows][columns];
        for (double[] row : values) {
            Arrays.setAll(row, i -> random.nextGaussian());
        }
        return values;
    }

    /** Some inputs, [count][inputs], from a normal distribution. */
    public double[][] samples(int count, long seed) {
        return normal(new Random(seed), count, inputs());
    }

    public int inputs() {
        return in[0].length;
    }

    public int units() {
        return in.length;
    }

    public int outputs() {
        return out.length;
    }

    /** What the units hold before the activation, by which the paper matches them: {@code W_in · x + b_in}. */
    public double[] features(double[] x) {
        return mapped(in, x, inBias);
    }

    /** What the sublayer gives for an input. */
    public double[] output(double[] x) {
        double[] active =
                Arrays.stream(features(x)).map(feature -> Math.max(0, feature)).toArray();
        return mapped(out, active, outBias);
    }

    private static double[] mapped(double[][] weights, double[] x, double[] bias) {
        return IntStream.range(0, weights.length)
                .mapToDouble(row -> bias[row]
                        + IntStream.range(0, x.length)
                                .mapToDouble(i -> weights[row][i] * x[i])
                                .sum())
                .toArray();
    }

    /** The same units in another order: place j is taken by unit {@code order[j]}, with all its weights. */
    public SmallFeedForward permuted(int... order) {
        Permutation units = new Permutation(order);
        int n = units.size();
        return new SmallFeedForward(
                IntStream.range(0, n).mapToObj(j -> in[order[j]]).toArray(double[][]::new),
                picked(inBias, order),
                Arrays.stream(out).map(row -> picked(row, order)).toArray(double[][]::new),
                outBias);
    }

    /** In an order that is drawn at random. */
    public SmallFeedForward shuffled(long seed) {
        return permuted(Permutation.random(units(), new Random(seed)).order());
    }

    private static double[] picked(double[] values, int[] order) {
        return Arrays.stream(order).mapToDouble(unit -> values[unit]).toArray();
    }

    /** Each weight disturbed by noise of a normal distribution, as another layer's weights would differ. */
    public SmallFeedForward disturbed(double deviation, long seed) {
        Random random = new Random(seed);
        return new SmallFeedForward(
                disturbed(in, deviation, random),
                disturbed(new double[][] {inBias}, deviation, random)[0],
                disturbed(out, deviation, random),
                disturbed(new double[][] {outBias}, deviation, random)[0]);
    }

    private static double[][] disturbed(double[][] values, double deviation, Random random) {
        return Arrays.stream(values)
                .map(row -> Arrays.stream(row)
                        .map(v -> v + deviation * random.nextGaussian())
                        .toArray())
                .toArray(double[][]::new);
    }

    /** How far its outputs lie from another's: the root of their mean squared distance over some inputs. */
    public double distance(SmallFeedForward other, double[][] inputs) {
        double sum = 0;
        for (double[] x : inputs) {
            double[] mine = output(x);
            double[] theirs = other.output(x);
            for (int i = 0; i < mine.length; i++) {
                sum += (mine[i] - theirs[i]) * (mine[i] - theirs[i]);
            }
        }
        return Math.sqrt(sum / inputs.length);
    }

    /**
     * How each unit's feature goes with each unit's of another FF, over some inputs.
     *
     * @return Pearson's correlations, row-major: this one's unit by the other's; 0 where a feature never changes
     */
    public double[] correlations(SmallFeedForward other, double[][] inputs) {
        double[][] mine = standardized(inputs);
        double[][] theirs = other.standardized(inputs);
        int n = other.units();
        double[] correlations = new double[units() * n];
        for (int i = 0; i < correlations.length; i++) {
            for (int sample = 0; sample < inputs.length; sample++) {
                correlations[i] += mine[i / n][sample] * theirs[i % n][sample] / inputs.length;
            }
        }
        return correlations;
    }

    /** Features by unit and sample, with mean 0 and variance 1. */
    private double[][] standardized(double[][] inputs) {
        double[][] features = Arrays.stream(inputs).map(this::features).toArray(double[][]::new);
        return IntStream.range(0, units())
                .mapToObj(unit -> standardized(
                        Arrays.stream(features).mapToDouble(f -> f[unit]).toArray()))
                .toArray(double[][]::new);
    }

    private static double[] standardized(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        double variance = Arrays.stream(values)
                .map(v -> (v - mean) * (v - mean))
                .average()
                .orElse(0);
        double scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
        return Arrays.stream(values).map(v -> (v - mean) * scale).toArray();
    }
}
