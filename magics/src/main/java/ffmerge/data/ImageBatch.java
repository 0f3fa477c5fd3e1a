package ffmerge.data;

import java.util.Arrays;

/**
 * Images of equal size.
 *
 * @param pixels {@code [rows, channels, height, width]}, row-major, unsigned
 * @param labels each image's class, counted as the model counts its classes
 * @param normalization what is done to the pixels' values before the model reads them
 */
public record ImageBatch(
        byte[] pixels, int rows, int channels, int height, int width, int[] labels, PixelScale normalization)
        implements Batch {
    public ImageBatch {
        if (pixels.length != rows * channels * height * width || labels.length != rows) {
            throw new IllegalArgumentException(pixels.length + " pixels and " + labels.length + " labels, " + rows
                    + " × " + channels + " × " + height + " × " + width);
        }
    }

    @Override
    public int scored() {
        return rows;
    }

    @Override
    public ImageBatch repeated(int times) {
        int size = channels * height * width;
        byte[] repeated = new byte[times * size];
        int[] classes = new int[times];
        Arrays.fill(classes, labels[0]);
        for (int row = 0; row < times; row++) {
            System.arraycopy(pixels, 0, repeated, row * size, size);
        }
        return new ImageBatch(repeated, times, channels, height, width, classes, normalization);
    }

    @Override
    public ImageBatch part(int from, int to) {
        int size = channels * height * width;
        return new ImageBatch(
                Arrays.copyOfRange(pixels, from * size, to * size),
                to - from,
                channels,
                height,
                width,
                Arrays.copyOfRange(labels, from, to),
                normalization);
    }
}
