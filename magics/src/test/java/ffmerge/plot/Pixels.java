package ffmerge.plot;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** A picture as a viewer has it. */
public record Pixels(BufferedImage image) {
    public static Pixels of(byte[] png) {
        try {
            return new Pixels(ImageIO.read(new ByteArrayInputStream(png)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Color at(int x, int y) {
        return new Color(image.getRGB(x, y));
    }

    /** How many pixels have exactly this colour. */
    public int count(Color color) {
        return countLike(color, 0);
    }

    /** How many pixels differ from this colour by at most so much in red, green and blue each. */
    public int countLike(Color color, int difference) {
        int count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                Color other = at(x, y);
                boolean alike = Math.abs(other.getRed() - color.getRed()) <= difference
                        && Math.abs(other.getGreen() - color.getGreen()) <= difference
                        && Math.abs(other.getBlue() - color.getBlue()) <= difference;
                count += alike ? 1 : 0;
            }
        }
        return count;
    }

    /** The first pixel of this colour, row by row from the top. */
    public int[] first(Color color) {
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if (image.getRGB(x, y) == color.getRGB()) {
                    return new int[] {x, y};
                }
            }
        }
        throw new AssertionError("no pixel is " + color);
    }

    /** How far the colour at a place goes on, in steps of (dx, dy). */
    public int run(int x, int y, int dx, int dy) {
        int color = image.getRGB(x, y);
        int length = 0;
        while (image.getRGB(x + dx * length, y + dy * length) == color) {
            length++;
        }
        return length;
    }
}
