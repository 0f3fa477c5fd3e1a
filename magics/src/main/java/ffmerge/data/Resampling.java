package ffmerge.data;

import ffmerge.UserError;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * Resizing as Pillow does it, to the same bytes: filters widened when an image shrinks, weights as 22-bit fractions,
 * rows and columns one after the other, each rounded to a byte (Pillow's {@code Resample.c}). In the order of Pillow's
 * numbers.
 */
public enum Resampling {
    NEAREST(0, x -> 0),
    LANCZOS(3, x -> -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0),
    BILINEAR(1, x -> Math.max(0, 1 - Math.abs(x))),
    BICUBIC(2, Resampling::cubic),
    BOX(0.5, x -> -0.5 < x && x <= 0.5 ? 1 : 0),
    HAMMING(1, Resampling::hamming);

    /** So many bits of a weight are a fraction; a sum of weighted bytes then still fits an int. */
    private static final int FRACTION_BITS = 32 - 8 - 2;

    /** How far the filter reaches to either side. */
    private final double support;

    private final DoubleUnaryOperator filter;

    Resampling(double support, DoubleUnaryOperator filter) {
        this.support = support;
        this.filter = filter;
    }

    /** @throws UserError if Pillow has no filter of this number */
    static Resampling ofNumber(int number, String source) {
        if (number < 0 || number >= values().length) {
            throw new UserError(source + ": there is no 'resample' " + number + "; it goes from 0 to "
                    + (values().length - 1) + " as in Pillow: "
                    + Arrays.toString(values()).toLowerCase(Locale.ROOT));
        }
        return values()[number];
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }

    private static double cubic(double signed) {
        double x = Math.abs(signed);
        double a = -0.5;
        if (x < 1) {
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double hamming(double signed) {
        double x = Math.abs(signed) * Math.PI;
        if (x == 0) {
            return 1;
        }
        return x < Math.PI ? Math.sin(x) / x * (0.54 + 0.46 * Math.cos(x)) : 0;
    }

    /** An image of the new size; an image that has it already is returned as it is. */
    public PixelImage resize(PixelImage image, int height, int width) {
        if (this == NEAREST) {
            return nearest(image, height, width);
        }
        if (columnsFirst(image, height, width)) {
            return rows(columns(image, height), width);
        }
        return columns(rows(image, width), height);
    }

    /** Which of both comes first shows in the rounding; found by trying Pillow 13 on some thousand sizes. */
    private static boolean columnsFirst(PixelImage image, int height, int width) {
        return height < image.height() && image.height() - height > 2 * (image.width() - width);
    }

    private PixelImage rows(PixelImage image, int width) {
        return image.width() == width ? image : resizeRows(image, width);
    }

    private PixelImage columns(PixelImage image, int height) {
        return image.height() == height ? image : resizeColumns(image, height);
    }

    private static PixelImage nearest(PixelImage image, int height, int width) {
        int[] fromY = nearest(image.height(), height);
        int[] fromX = nearest(image.width(), width);
        byte[] pixels = new byte[image.channels() * height * width];
        int at = 0;
        for (int c = 0; c < image.channels(); c++) {
            for (int y : fromY) {
                int row = (c * image.height() + y) * image.width();
                for (int x : fromX) {
                    pixels[at++] = image.pixels()[row + x];
                }
            }
        }
        return new PixelImage(pixels, image.channels(), height, width);
    }

    private static int[] nearest(int from, int to) {
        double step = (double) from / to;
        double at = 0.5 * step;
        int[] nearest = new int[to];
        for (int i = 0; i < to; i++) {
            nearest[i] = Math.min(from - 1, (int) at);
            at += step; // added up as Pillow does, rounding errors included
        }
        return nearest;
    }

    private PixelImage resizeRows(PixelImage image, int width) {
        Weights weights = weights(image.width(), width);
        int rows = image.channels() * image.height();
        byte[] pixels = new byte[rows * width];
        for (int row = 0; row < rows; row++) {
            for (int x = 0; x < width; x++) {
                int from = row * image.width() + weights.first[x];
                int sum = 1 << (FRACTION_BITS - 1);
                for (int weight : weights.fractions[x]) {
                    sum += (image.pixels()[from++] & 0xFF) * weight;
                }
                pixels[row * width + x] = clip(sum);
            }
        }
        return new PixelImage(pixels, image.channels(), image.height(), width);
    }

    private PixelImage resizeColumns(PixelImage image, int height) {
        Weights weights = weights(image.height(), height);
        int width = image.width();
        byte[] pixels = new byte[image.channels() * height * width];
        int[] sums = new int[width];
        for (int row = 0; row < image.channels() * height; row++) {
            int y = row % height;
            int from = (row / height * image.height() + weights.first[y]) * width;
            Arrays.fill(sums, 1 << (FRACTION_BITS - 1));
            for (int weight : weights.fractions[y]) {
                for (int x = 0; x < width; x++) {
                    sums[x] += (image.pixels()[from++] & 0xFF) * weight;
                }
            }
            for (int x = 0; x < width; x++) {
                pixels[row * width + x] = clip(sums[x]);
            }
        }
        return new PixelImage(pixels, image.channels(), height, width);
    }

    private static byte clip(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> FRACTION_BITS));
    }

    /**
     * Where each new pixel's old ones begin, and how much each of them counts.
     *
     * @param fractions of 2^{@value Resampling#FRACTION_BITS}
     */
    private record Weights(int[] first, int[][] fractions) {}

    private Weights weights(int from, int to) {
        double scale = (double) from / to;
        double widened = Math.max(scale, 1);
        double reach = support * widened;
        int[] first = new int[to];
        int[][] fractions = new int[to][];
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale;
            first[i] = Math.max(0, (int) (centre - reach + 0.5));
            double[] weights = new double[Math.min(from, (int) (centre + reach + 0.5)) - first[i]];
            double sum = 0;
            for (int j = 0; j < weights.length; j++) {
                weights[j] = filter.applyAsDouble((j + first[i] - centre + 0.5) * (1 / widened));
                sum += weights[j];
            }
            fractions[i] = new int[weights.length];
            for (int j = 0; j < weights.length; j++) {
                double weight = (sum == 0 ? weights[j] : weights[j] / sum) * (1 << FRACTION_BITS);
                fractions[i][j] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
            }
        }
        return new Weights(first, fractions);
    }
}
