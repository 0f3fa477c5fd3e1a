package ffmerge.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.result.CompareResult;
import ffmerge.result.Interval;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimingsTest {
    /** Twenty rounds in which the machine is more and less busy. */
    private static double[] rounds(double seconds, double noise, long seed) {
        Random own = new Random(seed);
        Random machine = new Random(1);
        double[] rounds = new double[20];
        for (int i = 0; i < rounds.length; i++) {
            rounds[i] = seconds * (1 + machine.nextDouble()) + noise * own.nextGaussian();
        }
        return rounds;
    }

    @Test
    void theMedianOfOneRunIsItself() {
        Timings one = new Timings(0.5);
        assertEquals(0.5, one.median());
        assertEquals(new Interval(0.5, 0.5), one.interval(0));
        assertThrows(IllegalArgumentException.class, Timings::new);
    }

    @Test
    void theIntervalHoldsTheMedianAndIsSeeded() {
        Timings timings = new Timings(rounds(0.01, 0.0005, 2));
        Interval interval = timings.interval(3);
        assertTrue(interval.low() < timings.median() && timings.median() < interval.high(), interval::toString);
        assertEquals(interval, timings.interval(3));
    }

    @Test
    void roundsArePairedSoThatABusyMachineHidesNothing() {
        Timings slow = new Timings(rounds(0.011, 0.00001, 2));
        Timings fast = new Timings(rounds(0.010, 0.00001, 3));
        Interval difference = slow.difference(fast, 0);
        assertTrue(difference.low() > 0.0009 && difference.high() < 0.0025, difference::toString);
        assertTrue(slow.interval(0).low() < fast.interval(0).high(), "alone they can't be told apart");
    }

    @Test
    void aDifferenceWithinNoiseIsNone() {
        Timings one = new Timings(rounds(0.010, 0.002, 2));
        Timings other = new Timings(rounds(0.010, 0.002, 3));
        Interval difference = one.difference(other, 0);
        assertTrue(new CompareResult.LatencyDifference("base", 0, difference).isNoise(), difference::toString);
        assertThrows(IllegalArgumentException.class, () -> one.difference(new Timings(1), 0));
    }
}
