package ffmerge.similarity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.activation.Sublayer;
import ffmerge.fixture.Arrays2d;
import ffmerge.model.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearCkaTest {
    private static final int ROWS = 80;
    private static final int WIDTH = 5;

    private static NDManager manager;

    private final SplittableRandom random = new SplittableRandom(1);
    private final float[][] x = Arrays2d.gaussian(ROWS, WIDTH, random);
    private final float[][] related = relatedTo(x);

    @BeforeAll
    static void start() {
        manager = Arrays2d.newManager();
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    private float[][] relatedTo(float[][] other) {
        float[][] noise = Arrays2d.gaussian(ROWS, WIDTH, random);
        for (int row = 0; row < ROWS; row++) {
            for (int i = 0; i < WIDTH; i++) {
                noise[row][i] = noise[row][i] + 1.5f * other[row][(i + 1) % WIDTH] * (i + 1);
            }
        }
        return noise;
    }

    private static double[][] cka(int block, float[][]... features) {
        List<Sublayer> sublayers = new ArrayList<>();
        for (int i = 0; i < features.length; i++) {
            sublayers.add(new Sublayer(Site.FEED_FORWARD, "decoder", i));
        }
        try (LinearCka cka = new LinearCka(sublayers, manager)) {
            for (int from = 0; from < ROWS; from += block) {
                try (NDManager scope = manager.newSubManager()) {
                    Map<Sublayer, NDArray> values = new HashMap<>();
                    for (int i = 0; i < features.length; i++) {
                        values.put(
                                sublayers.get(i),
                                Arrays2d.array(scope, features[i], from, Math.min(ROWS, from + block)));
                    }
                    cka.accept(values, scope);
                }
            }
            return cka.matrix();
        }
    }

    /** By way of n × n Gram matrices, centred on both sides: HSIC(K, L) / √(HSIC(K, K) · HSIC(L, L)). */
    private static double byGramMatrices(float[][] a, float[][] b) {
        double[][] k = centredGram(a);
        double[][] l = centredGram(b);
        return inner(k, l) / Math.sqrt(inner(k, k) * inner(l, l));
    }

    private static double[][] centredGram(float[][] a) {
        double[][] gram = new double[ROWS][ROWS];
        double[] rowMeans = new double[ROWS];
        double mean = 0;
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < ROWS; j++) {
                for (int c = 0; c < a[0].length; c++) {
                    gram[i][j] += (double) a[i][c] * a[j][c];
                }
                rowMeans[i] += gram[i][j] / ROWS;
            }
            mean += rowMeans[i] / ROWS;
        }
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < ROWS; j++) {
                gram[i][j] += mean - rowMeans[i] - rowMeans[j];
            }
        }
        return gram;
    }

    private static double inner(double[][] a, double[][] b) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < ROWS; j++) {
                sum += a[i][j] * b[i][j];
            }
        }
        return sum;
    }

    /** A random orthogonal matrix, by Gram and Schmidt. */
    private double[][] rotation() {
        double[][] q = new double[WIDTH][WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            for (int c = 0; c < WIDTH; c++) {
                q[i][c] = random.nextGaussian();
            }
            for (int j = 0; j < i; j++) {
                double dot = 0;
                for (int c = 0; c < WIDTH; c++) {
                    dot += q[i][c] * q[j][c];
                }
                for (int c = 0; c < WIDTH; c++) {
                    q[i][c] -= dot * q[j][c];
                }
            }
            double norm = Math.sqrt(Arrays.stream(q[i]).map(v -> v * v).sum());
            for (int c = 0; c < WIDTH; c++) {
                q[i][c] /= norm;
            }
        }
        return q;
    }

    private static float[][] scaledAndShifted(float[][] a, float scale, float shift) {
        float[][] result = new float[ROWS][WIDTH];
        for (int row = 0; row < ROWS; row++) {
            for (int i = 0; i < WIDTH; i++) {
                result[row][i] = scale * a[row][i] + shift * (i - 1);
            }
        }
        return result;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 79, 80})
    void blocksOfAnySizeGiveWhatGramMatricesGive(int block) {
        float[][] narrow = Arrays2d.gaussian(ROWS, 2, random);
        double[][] found = cka(block, x, related, narrow);
        assertEquals(byGramMatrices(x, related), found[0][1], 1e-6);
        assertEquals(byGramMatrices(x, narrow), found[0][2], 1e-6);
        assertEquals(byGramMatrices(related, narrow), found[1][2], 1e-6);
        for (int i = 0; i < 3; i++) {
            assertEquals(1, found[i][i]);
            for (int j = 0; j < 3; j++) {
                assertEquals(found[i][j], found[j][i]);
            }
        }
        assertTrue(found[0][1] > 2 * found[0][2], "what is related is more alike than what isn't");
    }

    @Test
    void aRotationMakesNoDifference() {
        double before = cka(16, x, related)[0][1];
        assertEquals(before, cka(16, Arrays2d.product(x, rotation()), related)[0][1], 1e-6);
        assertEquals(before, cka(16, x, Arrays2d.product(related, rotation()))[0][1], 1e-6);
        assertEquals(1, cka(16, x, Arrays2d.product(x, rotation()))[0][1], 1e-6);
    }

    @ParameterizedTest
    @ValueSource(floats = {-1, 1e-4f, 3, 1e6f})
    void aScaleMakesNoDifference(float scale) {
        assertEquals(cka(16, x, related)[0][1], cka(16, scaledAndShifted(x, scale, 0), related)[0][1], 1e-6);
    }

    @ParameterizedTest
    @ValueSource(floats = {-1, 100, 1000, 1e4f})
    void aShiftMakesNoDifference(float shift) {
        float[][] shifted = scaledAndShifted(x, 1, shift);
        assertEquals(byGramMatrices(shifted, related), cka(16, shifted, related)[0][1], 1e-6);
        assertEquals(cka(16, x, related)[0][1], cka(16, shifted, related)[0][1], 1e-3);
    }

    @Test
    void anotherFormOfTheFeaturesDoesMakeADifference() {
        double[][] stretch = new double[WIDTH][WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            stretch[i][i] = i == 0 ? 30 : 1;
        }
        assertTrue(cka(16, x, Arrays2d.product(x, stretch))[0][1] < 0.9);
    }

    @Test
    void featuresThatNeverVaryAreLikeNothing() {
        float[][] dead = scaledAndShifted(x, 0, 2);
        double[][] found = cka(16, x, dead, dead);
        assertArrayEquals(new double[] {1, 0, 0}, found[0]);
        assertArrayEquals(new double[] {0, 0, 1}, found[2]);
    }
}
