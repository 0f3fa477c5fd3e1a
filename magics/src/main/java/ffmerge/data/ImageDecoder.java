package ffmerge.data;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * PNG, JPEG and what else the JDK reads, to pixels of one or three channels. Samples are taken as the file has them, as
 * Pillow takes them: colour profiles and transparency are left aside. A PNG gives the same bytes as Pillow; a JPEG's may
 * differ by a level here and there, as decoders round differently.
 */
final class ImageDecoder {
    /** More than this is not a photograph but an attempt to fill the memory. */
    private static final long MOST_PIXELS = 178_956_970; // Pillow's own limit

    private ImageDecoder() {}

    /**
     * @param channels 1 for grey, 3 for red, green, blue
     * @throws IOException if the bytes are no whole image; the message says why
     */
    static PixelImage decode(byte[] bytes, int channels) throws IOException {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new IOException(bytes.length == 0 ? "it is empty" : "it is no PNG, JPEG, GIF or BMP");
            }
            ImageReader reader = readers.next();
            try {
                return decode(reader, in, channels);
            } catch (RuntimeException e) {
                // the JDK's readers meet damaged files with exceptions of any kind
                throw new IOException("it is damaged (" + e + ")", e);
            } finally {
                reader.dispose();
            }
        }
    }

    private static PixelImage decode(ImageReader reader, ImageInputStream in, int channels) throws IOException {
        String[] cutOff = new String[1];
        reader.addIIOReadWarningListener((source, warning) -> {
            String words = warning.toLowerCase(Locale.ROOT);
            if (words.contains("truncated") || words.contains("premature end")) {
                cutOff[0] = warning; // a JPEG whose rest would be grey
            }
        });
        reader.setInput(in, true, true);
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > MOST_PIXELS) {
            throw new IOException("it has " + pixels + " pixels, more than " + MOST_PIXELS);
        }
        BufferedImage image = reader.read(0);
        if (cutOff[0] != null) {
            throw new IOException("it is cut off");
        }
        return channels == 1 ? grey(image) : rgb(image);
    }

    private static PixelImage rgb(BufferedImage image) {
        int size = image.getWidth() * image.getHeight();
        byte[] pixels = new byte[3 * size];
        int[] row = new int[3 * image.getWidth()];
        for (int y = 0; y < image.getHeight(); y++) {
            readRow(image, y, row);
            for (int i = 0; i < row.length; i++) {
                pixels[i % 3 * size + y * image.getWidth() + i / 3] = (byte) row[i];
            }
        }
        return new PixelImage(pixels, 3, image.getHeight(), image.getWidth());
    }

    private static PixelImage grey(BufferedImage image) {
        byte[] pixels = new byte[image.getWidth() * image.getHeight()];
        int[] row = new int[3 * image.getWidth()];
        for (int y = 0; y < image.getHeight(); y++) {
            readRow(image, y, row);
            for (int x = 0; x < image.getWidth(); x++) {
                // ITU-R 601 luma in 16-bit fractions, as Pillow's convert("L"); of a grey pixel it is the pixel
                int luma = 19595 * row[3 * x] + 38470 * row[3 * x + 1] + 7471 * row[3 * x + 2] + 0x8000;
                pixels[y * image.getWidth() + x] = (byte) (luma >> 16);
            }
        }
        return new PixelImage(pixels, 1, image.getHeight(), image.getWidth());
    }

    /** Red, green and blue of a row, 0 … 255. {@code getRGB} would convert grey and profiled values to sRGB. */
    private static void readRow(BufferedImage image, int y, int[] row) {
        ColorModel colors = image.getColorModel();
        Raster raster = image.getRaster();
        boolean color = colors.getNumColorComponents() == 3;
        int shift = Math.max(0, colors.getComponentSize(0) - 8);
        int[] samples = new int[raster.getNumBands()];
        for (int x = 0; x < image.getWidth(); x++) {
            raster.getPixel(x, y, samples);
            for (int c = 0; c < 3; c++) {
                row[3 * x + c] = colors instanceof IndexColorModel palette
                        ? component(palette, samples[0], c)
                        : samples[color ? c : 0] >> shift;
            }
        }
    }

    private static int component(IndexColorModel palette, int index, int component) {
        return switch (component) {
            case 0 -> palette.getRed(index);
            case 1 -> palette.getGreen(index);
            default -> palette.getBlue(index);
        };
    }
}
