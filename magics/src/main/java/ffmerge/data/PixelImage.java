package ffmerge.data;

import ffmerge.picture.Picture;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

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

    /** @param channels 1 for grey, 3 for red, green, blue */
    static PixelImage of(Picture picture, int channels) {
        byte[] pixels = channels == 1 ? picture.grey() : picture.rgb();
        return new PixelImage(pixels, channels, picture.height(), picture.width());
    }

    /** The image as a PNG file, to be shown. */
    public byte[] png() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int plane = height * width;
        for (int i = 0; i < plane; i++) {
            int red = pixels[i] & 0xFF;
            int green = channels == 1 ? red : pixels[plane + i] & 0xFF;
            int blue = channels == 1 ? red : pixels[2 * plane + i] & 0xFF;
            image.setRGB(i % width, i / width, red << 16 | green << 8 | blue);
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(png)) {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // nothing is written but memory
        }
        return png.toByteArray();
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
