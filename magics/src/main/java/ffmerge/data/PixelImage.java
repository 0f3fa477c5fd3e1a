package ffmerge.data;

/**
 * A decoded image.
 *
 * @param pixels {@code [channels, height, width]}, row-major, unsigned
 */
public record PixelImage(byte[] pixels, int channels, int height, int width) {
    public PixelImage {
        if (pixels.length != channels * height * width) {
            throw new IllegalArgumentException(pixels.length + " pixels, " + channels + " × " + height + " × " + width);
        }
    }

    /** A part of the image; what lies beyond its edges is black. */
    PixelImage crop(int top, int left, int newHeight, int newWidth) {
        byte[] cropped = new byte[channels * newHeight * newWidth];
        int from = Math.max(0, left);
        int to = Math.min(width, left + newWidth);
        for (int c = 0; c < channels; c++) {
            for (int y = Math.max(0, top); y < Math.min(height, top + newHeight) && from < to; y++) {
                System.arraycopy(
                        pixels,
                        (c * height + y) * width + from,
                        cropped,
                        (c * newHeight + y - top) * newWidth + from - left,
                        to - from);
            }
        }
        return new PixelImage(cropped, channels, newHeight, newWidth);
    }
}
