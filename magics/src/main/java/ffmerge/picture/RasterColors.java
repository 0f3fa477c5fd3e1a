package ffmerge.picture;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;

/** The samples of a decoded raster as red, green and blue, by Pillow's arithmetic and without a colour profile's. */
final class RasterColors {
    private static final int CMYK_BANDS = 4;

    private RasterColors() {}

    /** How a sample becomes a byte. */
    interface Narrowing {
        int narrow(int sample, int bits);

        /** Samples of fewer bits are stretched, of more the first eight bits taken. */
        Narrowing HIGH_BITS = (sample, bits) -> bits > 8 ? sample >>> bits - 8 : sample * 255 / ((1 << bits) - 1);

        /** Values over 255 are white, as Pillow has grey pictures of 16 bits and more. */
        Narrowing CLIPPED = (sample, bits) -> Math.max(0, Math.min(255, sample));
    }

    /** A palette's colours, grey, red–green–blue, either with or without transparency behind. */
    static Picture of(BufferedImage image, boolean hasAlpha) {
        ColorModel colors = image.getColorModel();
        if (colors instanceof IndexColorModel palette) {
            return ofPalette(image.getRaster(), colors(palette), new byte[0]);
        }
        boolean wideGrey = image.getRaster().getNumBands() == 1 && colors.getComponentSize(0) > 8;
        return ofBands(image.getRaster(), colors, hasAlpha, wideGrey ? Narrowing.CLIPPED : Narrowing.HIGH_BITS);
    }

    /**
     * A palette; all greys where each of its indices is its own grey, as then Pillow takes the indices beyond it, too.
     *
     * @param colors three bytes each; none are greys
     */
    static byte[] orGreys(byte[] colors) {
        byte[] greys = new byte[3 * 256];
        for (int i = 0; i < greys.length; i++) {
            greys[i] = (byte) (i / 3);
        }
        return Arrays.equals(colors, Arrays.copyOf(greys, colors.length)) ? greys : colors;
    }

    static byte[] colors(IndexColorModel palette) {
        byte[] colors = new byte[3 * palette.getMapSize()];
        for (int i = 0; i < colors.length; i += 3) {
            colors[i] = (byte) palette.getRed(i / 3);
            colors[i + 1] = (byte) palette.getGreen(i / 3);
            colors[i + 2] = (byte) palette.getBlue(i / 3);
        }
        return colors;
    }

    /**
     * Colours by index; beyond the palette is black.
     *
     * @param colors three bytes each
     * @param opacities of the first colours, where there are any; the others are opaque
     */
    static Picture ofPalette(Raster raster, byte[] colors, byte[] opacities) {
        int plane = raster.getWidth() * raster.getHeight();
        byte[] rgb = new byte[3 * plane];
        byte[] alpha = opacities.length == 0 ? null : new byte[plane];
        eachPixel(raster, (i, samples) -> {
            int index = samples[0];
            for (int c = 0; c < 3; c++) {
                int at = 3 * index + c;
                rgb[c * plane + i] = at < colors.length ? colors[at] : 0;
            }
            if (alpha != null) {
                alpha[i] = index < opacities.length ? opacities[index] : (byte) 255;
            }
        });
        return new Picture(raster.getHeight(), raster.getWidth(), rgb, alpha);
    }

    static Picture ofBands(Raster raster, ColorModel colors, boolean hasAlpha, Narrowing narrowing) {
        int plane = raster.getWidth() * raster.getHeight();
        boolean color = raster.getNumBands() >= 3;
        int behind = color ? 3 : 1;
        byte[] rgb = new byte[3 * plane];
        byte[] alpha = hasAlpha && raster.getNumBands() > behind ? new byte[plane] : null;
        eachPixel(raster, (i, samples) -> {
            for (int c = 0; c < 3; c++) {
                int band = color ? c : 0;
                rgb[c * plane + i] = (byte) narrowing.narrow(samples[band], colors.getComponentSize(band));
            }
            if (alpha != null) {
                alpha[i] = (byte) Narrowing.HIGH_BITS.narrow(samples[behind], colors.getComponentSize(behind));
            }
        });
        return new Picture(raster.getHeight(), raster.getWidth(), rgb, alpha);
    }

    /** @param bits of a sample, 8 or 16 */
    static Picture ofCmyk(Raster raster, int bits) {
        int plane = raster.getWidth() * raster.getHeight();
        byte[] rgb = new byte[3 * plane];
        eachPixel(raster, (i, samples) -> {
            int black = samples[CMYK_BANDS - 1] >> bits - 8;
            for (int c = 0; c < 3; c++) {
                rgb[c * plane + i] = (byte) inked(samples[c] >> bits - 8, black);
            }
        });
        return new Picture(raster.getHeight(), raster.getWidth(), rgb, null);
    }

    /** What is left of a colour's light under its ink and the black, as Pillow's {@code cmyk2rgb}. */
    static int inked(int ink, int black) {
        int light = 255 - black;
        int product = ink * light + 128;
        return Math.max(0, light - ((product >> 8) + product >> 8));
    }

    /** Shown the samples of each pixel, row by row. */
    interface Pixels {
        void accept(int index, int[] samples);
    }

    static void eachPixel(Raster raster, Pixels pixels) {
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        int[] row = new int[width * bands];
        int[] samples = new int[bands];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                System.arraycopy(row, x * bands, samples, 0, bands);
                pixels.accept(y * width + x, samples);
            }
        }
    }
}
