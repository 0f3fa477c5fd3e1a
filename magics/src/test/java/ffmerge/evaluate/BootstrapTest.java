package ffmerge.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.Difference;
import ffmerge.result.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {
    /** A mean of what is given, or something of the mean. */
    private record Mean() implements Metric {
        @Override
        public Measure measure() {
            return Measure.higher("mean", "things");
        }

        @Override
        public List<Batch> batches() {
            return List.of();
        }

        @Override
        public Work work() {
            return new Work(0, 0);
        }

        @Override
        public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
            return Scores.NONE;
        }

        @Override
        public double value(Total total) {
            return total.mean(0);
        }
    }

    private static Scores normal(int count, double mean, long seed) {
        Random random = new Random(seed);
        List<double[]> units = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            units.add(new double[] {mean + random.nextGaussian()});
        }
        return new Scores(units, count);
    }

    private static Bootstrap of(Scores scores) {
        return Bootstrap.of(new Mean(), scores, 0);
    }

    private static Scores shifted(Scores scores, double by, double noise, long seed) {
        Random random = new Random(seed);
        return new Scores(
                scores.units().stream()
                        .map(u -> new double[] {u[0] + by + noise * random.nextGaussian()})
                        .toList(),
                scores.tokens());
    }

    @Test
    void theIntervalOfOneModelLeavesResamplesPaired() {
        Scores scores = normal(50, 5, 1);
        Scores others = shifted(scores, 0.1, 0.01, 2);
        Bootstrap base = of(scores);
        Bootstrap asked = of(others);
        base.interval();
        asked.interval();
        Difference difference = asked.difference(base, "base").orElseThrow();
        assertEquals(of(others).difference(of(scores), "base").orElseThrow(), difference);
        assertTrue(difference.interval().low() > 0.05, "what both draw alike cancels");
    }

    /** The mean of n normal values has a standard error of s / √n, and 95 % lie within 1.96 of them. */
    @Test
    void theIntervalOfAMeanIsTheNormalOne() {
        Scores scores = normal(400, 5, 1);
        double mean = scores.total().mean(0);
        double variance = scores.units().stream()
                .mapToDouble(u -> (u[0] - mean) * (u[0] - mean))
                .average()
                .orElseThrow();
        Interval interval = of(scores).interval().orElseThrow();
        double half = 1.96 * Math.sqrt(variance / 400);
        assertEquals(mean - half, interval.low(), 0.05 * half);
        assertEquals(mean + half, interval.high(), 0.05 * half);
    }

    /** As many intervals hold the truth as they say: of 200 samples about 190. */
    @Test
    void intervalsHoldTheTruthAsOftenAsTheySay() {
        int held = 0;
        for (int sample = 0; sample < 200; sample++) {
            Interval interval = Bootstrap.of(new Mean(), normal(60, 2, sample), sample)
                    .interval()
                    .orElseThrow();
            held += interval.low() <= 2 && 2 <= interval.high() ? 1 : 0;
        }
        assertTrue(held >= 180 && held <= 199, held + " of 200");
    }

    /** What both models find hard on the same examples is no uncertainty about their difference. */
    @Test
    void differencesArePaired() {
        Scores one = normal(100, 5, 3);
        Scores other = shifted(one, 0.1, 0.02, 4);
        Difference difference = of(other).difference(of(one), "base").orElseThrow();
        assertEquals(0.1, difference.value(), 0.01);
        assertTrue(difference.interval().high() - difference.interval().low() < 0.01);
        assertTrue(difference.p() < 0.001, "p " + difference.p());
        assertEquals("base", difference.to());
    }

    /** p and the interval are of one distribution: zero is outside of 95 % where p is under 0.05, and inside where it isn't. */
    @Test
    void chanceAgreesWithTheInterval() {
        for (int sample = 0; sample < 60; sample++) {
            Scores one = normal(4, 5, sample);
            Difference difference = of(shifted(one, 0.1, 0.1, 1000 + sample))
                    .difference(of(one), "base")
                    .orElseThrow();
            boolean leavesZeroOut =
                    difference.interval().low() > 0 || difference.interval().high() < 0;
            assertEquals(leavesZeroOut, difference.p() < 0.05, sample + ": " + difference);
        }
    }

    @Test
    void thereIsNothingToBeExplainedOfNoDifference() {
        Scores one = normal(50, 5, 3);
        Difference none = of(one).difference(of(one), "base").orElseThrow();
        assertEquals(new Difference("base", 0, new Interval(0, 0), 1, null), none);
    }

    @Test
    void theSameSeedGivesTheSame() {
        Scores one = normal(50, 5, 3);
        assertEquals(
                Bootstrap.of(new Mean(), one, 7).interval(),
                Bootstrap.of(new Mean(), one, 7).interval());
    }

    @Test
    void oneExampleHasNoInterval() {
        assertTrue(of(normal(1, 5, 3)).interval().isEmpty());
    }

    @Test
    void aBrokenModelHasNoInterval() {
        Scores broken = new Scores(List.of(new double[] {1}, new double[] {Double.NaN}), 2);
        assertTrue(of(broken).interval().isEmpty());
    }

    /** Of statsmodels' multipletests(method="holm"). */
    @Test
    void holmCorrectsAsStatsmodelsDoes() {
        double[] corrected = Holm.corrected(new double[] {0.01, 0.04, 0.03, 0.005, 0.5});
        double[] expected = {0.04, 0.09, 0.09, 0.025, 0.5};
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], corrected[i], 1e-12);
        }
    }
}
