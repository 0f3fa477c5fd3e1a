package ffmerge.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SmallFeedForwardTest {
    private static final SmallFeedForward TWO_UNITS = new SmallFeedForward(
            new double[][] {{1, 2}, {-1, 0.5}}, new double[] {0.5, 1}, new double[][] {{3, -2}}, new double[] {10});

    @Test
    void itComputesItsFormula() {
        assertArrayEquals(new double[] {5.5, 1}, TWO_UNITS.features(new double[] {1, 2}));
        assertArrayEquals(new double[] {10 + 3 * 5.5 - 2}, TWO_UNITS.output(new double[] {1, 2}));
        assertArrayEquals(
                new double[] {10 + 3 * 3.5}, TWO_UNITS.output(new double[] {3, 0}), "a unit below zero is silent");
    }

    @Test
    void unitsTakeTheirWeightsAlong() {
        SmallFeedForward swapped = TWO_UNITS.permuted(1, 0);
        assertArrayEquals(new double[] {-1, 0.5}, swapped.in()[0]);
        assertArrayEquals(new double[] {1, 0.5}, swapped.inBias());
        assertArrayEquals(new double[] {-2, 3}, swapped.out()[0]);
        assertEquals(0, swapped.distance(TWO_UNITS, TWO_UNITS.samples(50, 1)), 1e-12);
    }

    @Test
    void anyOrderComputesTheSame() {
        SmallFeedForward random = SmallFeedForward.random(4, 8, 3, 1);
        assertEquals(0, random.shuffled(2).distance(random, random.samples(50, 3)), 1e-12);
        assertTrue(random.disturbed(0.1, 2).distance(random, random.samples(50, 3)) > 0.01);
    }

    @Test
    void correlationsAreThoseOfStandardizedFeatures() {
        double[][] inputs = {{0, 0}, {1, 0}, {0, 1}, {2, 2}};
        double[] c = TWO_UNITS.correlations(TWO_UNITS, inputs);
        assertEquals(1, c[0], 1e-12);
        assertEquals(1, c[3], 1e-12);
        assertEquals(c[1], c[2], 1e-12);
        assertEquals(-0.44360697536713456, c[1], 1e-12); // numpy.corrcoef of (0.5, 1.5, 2.5, 6.5) and (1, 0, 1.5, 0)
    }

    @Test
    void aSilentUnitIsCorrelatedWithNothing() {
        SmallFeedForward silent = new SmallFeedForward(
                new double[][] {{0, 0}, {1, 0}}, new double[] {7, 0}, new double[][] {{1, 1}}, new double[] {0});
        double[] c = silent.correlations(TWO_UNITS, silent.samples(20, 1));
        assertArrayEquals(new double[] {0, 0}, new double[] {c[0], c[1]});
    }

    @Test
    void shapesMustGoTogether() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new SmallFeedForward(new double[2][3], new double[3], new double[1][2], new double[1]));
    }

    @Test
    void whoWritesIntoItsArraysWritesIntoCopies() {
        double[][] given = {{1, 2}, {-1, 0.5}};
        double[] bias = {0.5, 1};
        SmallFeedForward sublayer = new SmallFeedForward(given, bias, new double[][] {{3, -2}}, new double[] {10});
        given[0][0] = bias[0] = 99;
        sublayer.in()[0] = sublayer.in()[1];
        sublayer.in()[1][1] = sublayer.inBias()[1] = sublayer.out()[0][1] = sublayer.outBias()[0] = 99;

        assertArrayEquals(new double[][] {{1, 2}, {-1, 0.5}}, sublayer.in());
        assertArrayEquals(new double[] {0.5, 1}, sublayer.inBias());
        assertArrayEquals(new double[][] {{3, -2}}, sublayer.out());
        assertArrayEquals(new double[] {10}, sublayer.outBias());
    }
}
