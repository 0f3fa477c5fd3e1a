package ffmerge.picture;

/**
 * A decoded picture.
 *
 * @param rgb {@code [3, height, width]}, row-major, unsigned
 * @param alpha {@code [height, width]}, 255 where opaque; null where the file has no transparency
 */
public record Picture(int height, int width, byte[] rgb, byte[] alpha) {
    private static final int WHITE = 255;

    public Picture {
        if (rgb.length != 3 * height * width || alpha != null && alpha.length != height * width) {
            throw new IllegalArgumentException(rgb.length + " samples, 3 × " + height + " × " + width);
        }
    }

    /** ITU-R 601 luma in 16-bit fractions, as Pillow's {@code convert("L")}; of a grey pixel it is the pixel. */
    public byte[] grey() {
        int plane = height * width;
        byte[] grey = new byte[plane];
        for (int i = 0; i < plane; i++) {
            int luma = 19595 * (rgb[i] & 0xFF) + 38470 * (rgb[plane + i] & 0xFF) + 7471 * (rgb[2 * plane + i] & 0xFF);
            grey[i] = (byte) (luma + 0x8000 >> 16);
        }
        return grey;
    }

    /** The colours of a picture whose samples were stored multiplied by their alpha. */
    Picture divided() {
        if (alpha == null) {
            return this;
        }
        int plane = height * width;
        byte[] divided = new byte[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            int opacity = alpha[i % plane] & 0xFF;
            divided[i] = (byte) (opacity == 0 ? 0 : Math.min(255, (rgb[i] & 0xFF) * 255 / opacity));
        }
        return new Picture(height, width, divided, alpha);
    }

    /** The picture on a white ground, rounded as Pillow's {@code alpha_composite} rounds. */
    public Picture onWhite() {
        if (alpha == null) {
            return this;
        }
        int plane = height * width;
        byte[] mixed = new byte[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            mixed[i] = (byte) overWhite(rgb[i] & 0xFF, alpha[i % plane] & 0xFF);
        }
        return new Picture(height, width, mixed, null);
    }

    /** A sample over white, in the 7-bit fractions of Pillow's {@code AlphaComposite.c}. */
    private static int overWhite(int sample, int alpha) {
        int fractionBits = 7;
        int share = alpha << fractionBits;
        int whole = 255 << fractionBits;
        int rounded = sample * share + WHITE * (whole - share) + (0x80 << fractionBits);
        return (rounded >> 8) + rounded >> 8 + fractionBits;
    }

    /**
     * The picture as it is to be looked at.
     *
     * @param orientation of the EXIF standard, 1 to 8; any other number means nothing
     */
    Picture turned(int orientation) {
        if (orientation < 2 || orientation > 8) {
            return this;
        }
        boolean onItsSide = orientation >= 5;
        int newHeight = onItsSide ? width : height;
        int newWidth = onItsSide ? height : width;
        int[] from = new int[height * width];
        for (int y = 0; y < newHeight; y++) {
            for (int x = 0; x < newWidth; x++) {
                from[y * newWidth + x] = source(orientation, y, x);
            }
        }
        return new Picture(newHeight, newWidth, moved(rgb, from), alpha == null ? null : moved(alpha, from));
    }

    /** Where the pixel lies in this picture that comes to stand at a place of the turned one. */
    private int source(int orientation, int y, int x) {
        int lastRow = height - 1;
        int lastColumn = width - 1;
        return switch (orientation) {
            case 2 -> y * width + lastColumn - x;
            case 3 -> (lastRow - y) * width + lastColumn - x;
            case 4 -> (lastRow - y) * width + x;
            case 5 -> x * width + y;
            case 6 -> (lastRow - x) * width + y;
            case 7 -> (lastRow - x) * width + lastColumn - y;
            default -> x * width + lastColumn - y;
        };
    }

    private static byte[] moved(byte[] planes, int[] from) {
        byte[] moved = new byte[planes.length];
        for (int i = 0; i < moved.length; i++) {
            int plane = i / from.length * from.length;
            moved[i] = planes[plane + from[i - plane]];
        }
        return moved;
    }
}
