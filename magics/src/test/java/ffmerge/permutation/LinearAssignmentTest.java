package ffmerge.permutation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinearAssignmentTest {
    /** Kinds of matrices, each of them hard in its own way. */
    enum Kind {
        UNIFORM {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return random.nextDouble(-1, 1);
            }
        },
        /** Many optima, many ties on the way. */
        SMALL_INTEGERS {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return random.nextInt(-2, 3);
            }
        },
        ALL_EQUAL {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return -3.25;
            }
        },
        /** Each assignment has the same neighbours in value; rows differ by a factor. */
        RANK_ONE {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return r[i] * r[n + j];
            }
        },
        /** A row's constant plus a column's: every assignment is an optimum. */
        SUM_OF_ROW_AND_COLUMN {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return Math.rint(64 * r[i]) + Math.rint(64 * r[n + j]);
            }
        },
        /** Products of places, the classic trap of the Hungarian method. */
        MACHOL_WIEN {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return -(i + 1.0) * (j + 1);
            }
        },
        HUGE_RANGE {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return Math.scalb(random.nextDouble(-1, 1), random.nextInt(-60, 60));
            }
        },
        ALL_NEGATIVE {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return -1e6 - random.nextDouble();
            }
        },
        /** Rows in groups of equals. */
        EQUAL_ROWS {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return Math.sin(1000 * r[i / 3] + 77 * r[n + j]);
            }
        },
        /** All rows want the same two columns, and nearly as much: they would outbid one another for ever. */
        PRICE_WAR {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return j < 2 ? 1000 + 1e-9 * r[i] * j : r[n + j];
            }
        },
        /** Ties that rounding breaks one way here and another way there. */
        ROUNDED_TIES {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return 0.1 * random.nextInt(4) + 1000 * r[i] + 1000 * r[n + j];
            }
        },
        /** Units that never vary: rows and columns of zeros. */
        DEAD_UNITS {
            @Override
            double entry(int i, int j, int n, double[] r, RandomGenerator random) {
                return i % 2 == 0 || j % 3 == 0 ? 0 : random.nextDouble(-1, 1);
            }
        };

        /** @param r 2n numbers between 0 and 1 that stay the same over a matrix */
        abstract double entry(int i, int j, int n, double[] r, RandomGenerator random);

        double[] matrix(int n, RandomGenerator random) {
            double[] r = random.doubles(2L * n).toArray();
            double[] matrix = new double[n * n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    matrix[i * n + j] = entry(i, j, n, r, random);
                }
            }
            return matrix;
        }
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    /** Rounding in prices of this size can hide differences of this size. */
    private static double tolerance(double[] matrix, int n) {
        return 1e-13 * n * Arrays.stream(matrix).map(Math::abs).max().orElse(0);
    }

    private static double sum(double[] matrix, int n, int[] columns) {
        double sum = 0;
        for (int row = 0; row < n; row++) {
            sum += matrix[row * n + columns[row]];
        }
        return sum;
    }

    private static double bruteForce(double[] matrix, int n, int row, int taken) {
        if (row == n) {
            return 0;
        }
        double best = Double.NEGATIVE_INFINITY;
        for (int column = 0; column < n; column++) {
            if ((taken >> column & 1) == 0) {
                best = Math.max(best, matrix[row * n + column] + bruteForce(matrix, n, row + 1, taken | 1 << column));
            }
        }
        return best;
    }

    private static void assertOptimal(double expected, double[] matrix, int n, LinearAssignment found) {
        double tolerance = tolerance(matrix, n);
        assertEquals(expected, found.value(), tolerance);
        assertEquals(sum(matrix, n, found.permutation().order()), found.value(), tolerance);
    }

    @ParameterizedTest
    @EnumSource
    void smallMatricesHaveTheOptimumOfBruteForce(Kind kind) {
        SplittableRandom random = new SplittableRandom(kind.ordinal());
        for (int i = 0; i < 700; i++) {
            int n = 1 + i % 7;
            double[] matrix = kind.matrix(n, random);
            assertOptimal(bruteForce(matrix, n, 0, 0), matrix, n, LinearAssignment.maximize(matrix, n));
            double[] rounded = doubles(floats(matrix));
            assertOptimal(bruteForce(rounded, n, 0, 0), rounded, n, LinearAssignment.maximize(floats(matrix), n));
        }
    }

    @ParameterizedTest
    @EnumSource
    void largerMatricesHaveAnOptimumThatIsProven(Kind kind) {
        SplittableRandom random = new SplittableRandom(100 + kind.ordinal());
        for (int n : new int[] {8, 11, 12, 13, 14, 25, 50, 99, 200}) {
            double[] matrix = kind.matrix(n, random);
            assertOptimal(Hungarian.largestSum(matrix, n), matrix, n, LinearAssignment.maximize(matrix, n));
            double[] rounded = doubles(floats(matrix));
            assertOptimal(Hungarian.largestSum(rounded, n), rounded, n, LinearAssignment.maximize(floats(matrix), n));
        }
    }

    /** Entries of no more than a row's and a column's potential, and just that where an optimum was hidden. */
    @ParameterizedTest
    @CsvSource({"512, 1", "512, 1000", "2048, 1", "2048, 1000"})
    void aHiddenOptimumIsFound(int n, int mostSlack) {
        SplittableRandom random = new SplittableRandom(n + mostSlack);
        int[] hidden = Permutation.random(n, random).order();
        int[] rowPotential = random.ints(n, 0, 1000).toArray();
        int[] columnPotential = random.ints(n, 0, 1000).toArray();
        float[] matrix = new float[n * n];
        long optimum = 0;
        for (int i = 0; i < n; i++) {
            optimum += rowPotential[i] + columnPotential[i];
            for (int j = 0; j < n; j++) {
                int slack = j == hidden[i] ? 0 : random.nextInt(1, mostSlack + 1);
                matrix[i * n + j] = rowPotential[i] + columnPotential[j] - slack;
            }
        }
        LinearAssignment found = assertTimeout(Duration.ofSeconds(20), () -> LinearAssignment.maximize(matrix, n));
        assertEquals(optimum, found.value());
        assertArrayEquals(hidden, found.permutation().order());
    }

    @Test
    void roundingNeverLeadsAPathInACircle() {
        SplittableRandom random = new SplittableRandom(14);
        for (int i = 0; i < 3000; i++) {
            int n = random.nextInt(2, 60);
            double[] matrix = Kind.ROUNDED_TIES.matrix(n, random);
            assertOptimal(Hungarian.largestSum(matrix, n), matrix, n, LinearAssignment.maximize(matrix, n));
        }
    }

    @ParameterizedTest
    @EnumSource
    void noKindOfMatrixTakesLong(Kind kind) {
        int n = 600;
        double[] matrix = kind.matrix(n, new SplittableRandom(7));
        assertTimeout(Duration.ofSeconds(5), () -> LinearAssignment.maximize(floats(matrix), n));
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 200})
    void correlationsOfARealModelHaveScipysOptimum(int n) throws IOException {
        float[] matrix = new float[n * n];
        try (InputStream in = getClass().getResourceAsStream("/assignment/correlation-" + n + ".f32")) {
            ByteBuffer.wrap(in.readAllBytes())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(matrix);
        }
        try (InputStream in = getClass().getResourceAsStream("/assignment/expected.json")) {
            JsonNode expected = new ObjectMapper().readTree(in).get(String.valueOf(n));
            LinearAssignment found = LinearAssignment.maximize(matrix, n);
            assertEquals(expected.get("value").asDouble(), found.value(), 1e-12 * found.value());
            int[] order = found.permutation().order();
            for (int row = 0; row < n; row++) {
                assertEquals(expected.get("columns").get(row).asInt(), order[row]);
            }
        }
    }

    @Test
    void oneRowHasOneColumn() {
        assertEquals(new LinearAssignment(Permutation.identity(1), -7), LinearAssignment.maximize(new float[] {-7}, 1));
        assertEquals(
                new LinearAssignment(Permutation.identity(1), -7), LinearAssignment.maximize(new double[] {-7}, 1));
    }

    @Test
    void twoRowsSwapWhereThatIsBetter() {
        assertEquals(
                new LinearAssignment(new Permutation(new int[] {1, 0}), 5),
                LinearAssignment.maximize(new float[] {1, 2, 3, 3}, 2));
        assertEquals(
                new LinearAssignment(Permutation.identity(2), 4),
                LinearAssignment.maximize(new float[] {1, -2, 3, 3}, 2));
    }

    @Test
    void theMatrixIsOnlyRead() {
        double[] matrix = Kind.UNIFORM.matrix(50, new SplittableRandom(1));
        double[] before = matrix.clone();
        LinearAssignment.maximize(matrix, 50);
        assertArrayEquals(before, matrix);
    }

    @ParameterizedTest
    @EnumSource
    void noCopyOfTheMatrixIsMade(Kind kind) {
        int n = 600;
        float[] matrix = floats(kind.matrix(n, new SplittableRandom(1)));
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        LinearAssignment.maximize(matrix, n);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 500L * n, allocated + " bytes beside a matrix of " + 4L * n * n);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void aValueThatIsNotFiniteIsRefusedWhereverItStands(double bad) {
        for (int at = 0; at < 9; at++) {
            double[] matrix = {1, 2, 3, 4, 5, 6, 7, 8, 9};
            matrix[at] = bad;
            int row = at / 3;
            for (Runnable attempt : new Runnable[] {
                () -> LinearAssignment.maximize(matrix, 3), () -> LinearAssignment.maximize(floats(matrix), 3)
            }) {
                assertEquals(
                        "row " + row + " of the matrix holds a value that is not finite",
                        assertThrows(IllegalArgumentException.class, attempt::run)
                                .getMessage());
            }
        }
    }

    @Test
    void infinitiesOfBothSignsDoNotCancel() {
        double[] matrix = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, 0};
        assertThrows(IllegalArgumentException.class, () -> LinearAssignment.maximize(matrix, 2));
    }

    @ParameterizedTest
    @CsvSource({"4, 3", "0, 0", "6, 2", "1, -1", "0, 65536"})
    void whatIsNoSquareIsRefused(int values, int n) {
        assertEquals(
                values + " values are not a matrix of " + n + " × " + n,
                assertThrows(IllegalArgumentException.class, () -> LinearAssignment.maximize(new float[values], n))
                        .getMessage());
    }
}
