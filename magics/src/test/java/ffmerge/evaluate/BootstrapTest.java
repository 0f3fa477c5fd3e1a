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
        List<Scores> models = List.of(scores, shifted(scores, 0.1, 0.01, 2));
        Bootstrap asked = Bootstrap.of(new Mean(), models, 0);
        asked.interval(0);
        asked.interval(1);
        Difference difference = asked.difference(1, 0, "base").orElseThrow();
        assertEquals(
                Bootstrap.of(new Mean(), models, 0).difference(1, 0, "base").orElseThrow(), difference);
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
        Interval interval =
                Bootstrap.of(new Mean(), List.of(scores), 0).interval(0).orElseThrow();
        double half = 1.96 * Math.sqrt(variance / 400);
        assertEquals(mean - half, interval.low(), 0.05 * half);
        assertEquals(mean + half, interval.high(), 0.05 * half);
    }

    /** As many intervals hold the truth as they say: of 200 samples about 190. */
    @Test
    void intervalsHoldTheTruthAsOftenAsTheySay() {
        int held = 0;
        for (int sample = 0; sample < 200; sample++) {
            Interval interval = Bootstrap.of(new Mean(), List.of(normal(60, 2, sample)), sample)
                    .interval(0)
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
        Bootstrap bootstrap = Bootstrap.of(new Mean(), List.of(other, one), 0);
        Difference difference = bootstrap.difference(0, 1, "base").orElseThrow();
        assertEquals(0.1, difference.value(), 0.01);
        assertTrue(difference.interval().high() - difference.interval().low() < 0.01);
        assertTrue(difference.p() < 0.001, "p " + difference.p());
        assertEquals("base", difference.to());
    }

    @Test
    void thereIsNothingToBeExplainedOfNoDifference() {
        Scores one = normal(50, 5, 3);
        Difference none = Bootstrap.of(new Mean(), List.of(one, one), 0)
                .difference(0, 1, "base")
                .orElseThrow();
        assertEquals(new Difference("base", 0, new Interval(0, 0), 1, null), none);
    }

    @Test
    void theSameSeedGivesTheSame() {
        Scores one = normal(50, 5, 3);
        assertEquals(
                Bootstrap.of(new Mean(), List.of(one), 7).interval(0),
                Bootstrap.of(new Mean(), List.of(one), 7).interval(0));
    }

    @Test
    void oneExampleHasNoInterval() {
        assertTrue(Bootstrap.of(new Mean(), List.of(normal(1, 5, 3)), 0)
                .interval(0)
                .isEmpty());
    }

    @Test
    void aBrokenModelHasNoInterval() {
        Scores broken = new Scores(List.of(new double[] {1}, new double[] {Double.NaN}), 2);
        assertTrue(Bootstrap.of(new Mean(), List.of(broken), 0).interval(0).isEmpty());
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
