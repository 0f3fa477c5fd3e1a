package ffmerge.correlation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.activation.Sublayer;
import ffmerge.correlation.CrossMoments.Pair;
import ffmerge.fixture.Arrays2d;
import ffmerge.model.Site;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CrossMomentsTest {
    private static final Sublayer ANCHOR = new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", 0);
    private static final Sublayer OTHER = new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", 1);
    private static final Pair PAIR = new Pair(ANCHOR, OTHER);
    private static final int UNITS = 7;

    private static NDManager manager;

    @BeforeAll
    static void start() {
        manager = Arrays2d.newManager();
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    /** Units with means and deviations of any size, the second sublayer's partly made of the first's. */
    private static float[][][] sublayers(int rows, double mean, double deviation) {
        SplittableRandom random = new SplittableRandom(1);
        float[][] x = Arrays2d.gaussian(rows, UNITS, random);
        float[][] y = Arrays2d.gaussian(rows, UNITS, random);
        for (int row = 0; row < rows; row++) {
            for (int unit = 0; unit < UNITS; unit++) {
                y[row][unit] = (float) (mean * (unit - 3) + deviation * (y[row][unit] + x[row][(unit + 2) % UNITS]));
            }
            for (int unit = 0; unit < UNITS; unit++) {
                x[row][unit] = (float) (mean * (unit + 1) + deviation * x[row][unit]);
            }
        }
        return new float[][][] {x, y};
    }

    private static CorrelationMatrix correlation(float[][] x, float[][] y, int block) {
        try (CrossMoments moments = new CrossMoments(List.of(PAIR), manager)) {
            for (int from = 0; from < x.length; from += block) {
                try (NDManager scope = manager.newSubManager()) {
                    int to = Math.min(x.length, from + block);
                    Map<Sublayer, NDArray> values = Map.of(
                            ANCHOR, Arrays2d.array(scope, x, from, to), OTHER, Arrays2d.array(scope, y, from, to));
                    moments.accept(values, scope);
                }
            }
            return moments.correlation(PAIR);
        }
    }

    /** By the definition, two passes, in float64. */
    private static double[] naive(float[][] x, float[][] y) {
        double[] correlation = new double[UNITS * UNITS];
        for (int i = 0; i < UNITS; i++) {
            for (int j = 0; j < UNITS; j++) {
                double meanX = mean(x, i);
                double meanY = mean(y, j);
                double xy = 0;
                double xx = 0;
                double yy = 0;
                for (int row = 0; row < x.length; row++) {
                    xy += (x[row][i] - meanX) * (y[row][j] - meanY);
                    xx += (x[row][i] - meanX) * (x[row][i] - meanX);
                    yy += (y[row][j] - meanY) * (y[row][j] - meanY);
                }
                double deviations = Math.sqrt(xx / x.length) * Math.sqrt(yy / x.length);
                correlation[i * UNITS + j] = xy / x.length / Math.max(1e-7, deviations);
            }
        }
        return correlation;
    }

    private static double mean(float[][] x, int unit) {
        double sum = 0;
        for (float[] row : x) {
            sum += row[unit];
        }
        return sum / x.length;
    }

    /** The result is float32, as are the products that it comes from. */
    private static void assertAgree(double[] expected, CorrelationMatrix found) {
        assertEquals(UNITS, found.size());
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], found.values()[i], 3e-7, "entry " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1e4, 1", "1e4, 0.02", "-1e4, 0.02", "0, 1e-3", "3, 1e4"})
    void correlationsAreThoseOfTheDefinition(double mean, double deviation) {
        float[][][] xy = sublayers(301, mean, deviation);
        double[] expected = naive(xy[0], xy[1]);
        assertAgree(expected, correlation(xy[0], xy[1], 64));
        assertTrue(expected[2 * UNITS] > 0.5, "related units are correlated: " + expected[2 * UNITS]);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 50, 299, 301})
    void theSizeOfABlockMakesNoDifference(int block) {
        float[][][] xy = sublayers(301, 1e4, 0.5);
        assertAgree(naive(xy[0], xy[1]), correlation(xy[0], xy[1], block));
    }

    @Test
    void whatDriftsFarFromItsFirstValuesKeepsItsDigits() {
        float[][][] xy = sublayers(400, 0, 1);
        for (int row = 20; row < 400; row++) {
            for (int unit = 0; unit < UNITS; unit++) {
                xy[0][row][unit] += 1000;
                xy[1][row][unit] -= 1000;
            }
        }
        assertAgree(naive(xy[0], xy[1]), correlation(xy[0], xy[1], 20));
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 0.1f, -1e4f, 1e30f})
    void aUnitThatNeverVariesCorrelatesWithNothing(float constant) {
        float[][][] xy = sublayers(100, 0, 1);
        for (float[] row : xy[0]) {
            row[3] = constant;
        }
        CorrelationMatrix found = correlation(xy[0], xy[1], 33);
        for (int j = 0; j < UNITS; j++) {
            assertEquals(0, found.values()[3 * UNITS + j], 1e-9);
        }
    }

    /** Means a thousand times the deviations, over many rows: what is matched is as right as in float64. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 1000, 100_000})
    void sumsOverManyRowsAreAsGoodAsThoseOfFloat64(double mean) {
        float[][][] xy = sublayers(9000, mean, 1);
        double[] expected = naive(xy[0], xy[1]);
        CorrelationMatrix found = correlation(xy[0], xy[1], 4096);
        double worst = 0;
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(expected[i] - found.values()[i]));
            sum += expected[i] - found.values()[i];
        }
        assertEquals(0, worst, 2e-7);
        assertEquals(0, sum / UNITS, 1e-7);
    }

    @Test
    void oneRowTellsNothing() {
        float[][][] xy = sublayers(1, 5, 1);
        assertArrayEquals(new float[UNITS * UNITS], correlation(xy[0], xy[1], 1).values());
    }

    @Test
    void aSublayerCorrelatesWithItselfByOne() {
        float[][] x = sublayers(200, 7, 3)[0];
        CorrelationMatrix found = correlation(x, x, 50);
        for (int unit = 0; unit < UNITS; unit++) {
            assertEquals(1, found.values()[unit * UNITS + unit], 3e-7);
        }
        assertEquals(UNITS, found.trace(), 1e-6);
    }

    @Test
    void theOtherDirectionIsTheTranspose() {
        float[][][] xy = sublayers(100, 2, 1);
        float[] there = correlation(xy[0], xy[1], 30).values();
        float[] back = correlation(xy[1], xy[0], 30).values();
        for (int i = 0; i < UNITS; i++) {
            for (int j = 0; j < UNITS; j++) {
                assertEquals(there[i * UNITS + j], back[j * UNITS + i], 3e-7);
            }
        }
    }

    @Test
    void eachPairHasTheRowsOfItsOwnStack() {
        Sublayer encoderAnchor = new Sublayer(Site.FEED_FORWARD_UNITS, "encoder", 0);
        Sublayer encoderOther = new Sublayer(Site.FEED_FORWARD_UNITS, "encoder", 1);
        Pair encoder = new Pair(encoderAnchor, encoderOther);
        float[][][] longer = sublayers(60, 3, 1);
        float[][][] shorter = sublayers(40, -2, 2);
        try (CrossMoments moments = new CrossMoments(List.of(encoder, PAIR), manager)) {
            for (int from = 0; from < 60; from += 20) {
                Map<Sublayer, NDArray> values = new HashMap<>();
                try (NDManager scope = manager.newSubManager()) {
                    if (from < 40) {
                        values.put(encoderAnchor, Arrays2d.array(scope, shorter[0], from, from + 20));
                        values.put(encoderOther, Arrays2d.array(scope, shorter[1], from, from + 20));
                    }
                    values.put(ANCHOR, Arrays2d.array(scope, longer[0], from, from + 20));
                    values.put(OTHER, Arrays2d.array(scope, longer[1], from, from + 20));
                    moments.accept(values, scope);
                }
            }
            assertAgree(naive(shorter[0], shorter[1]), moments.correlation(encoder));
            assertAgree(naive(longer[0], longer[1]), moments.correlation(PAIR));
        }
    }

    @Test
    void theValuesThatAreObservedStayAsTheyAre() {
        float[][] x = sublayers(10, 1, 1)[0];
        try (NDManager scope = manager.newSubManager();
                CrossMoments moments = new CrossMoments(List.of(new Pair(ANCHOR, ANCHOR)), scope)) {
            NDArray array = Arrays2d.array(scope, x, 0, 10);
            float[] before = array.toFloatArray();
            moments.accept(Map.of(ANCHOR, array), scope);
            assertArrayEquals(before, array.toFloatArray());
        }
    }
}
