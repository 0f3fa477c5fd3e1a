package ffmerge.data;

import ffmerge.UserError;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/** What is done at random to images that a model is trained on. */
public enum Augmentation {
    NONE,
    /** Moved by up to a fourteenth of its size to any side; what comes in is as the edge was. */
    SHIFT,
    /** Moved, and mirrored left to right half of the time: for photographs, not for letters or digits. */
    FLIP;

    private static final int SHARE = 14;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws UserError if there is no such augmentation */
    public static Augmentation parse(String label) {
        return Arrays.stream(values())
                .filter(a -> a.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new UserError("there is no augmentation '" + label + "'; there are "
                        + Arrays.toString(values()).toLowerCase(Locale.ROOT)));
    }

    PixelImage apply(PixelImage image, SplittableRandom random) {
        if (this == NONE) {
            return image;
        }
        int mostDown = Math.max(1, image.height() / SHARE);
        int mostRight = Math.max(1, image.width() / SHARE);
        int down = random.nextInt(-mostDown, mostDown + 1);
        int right = random.nextInt(-mostRight, mostRight + 1);
        boolean mirrored = this == FLIP && random.nextBoolean();
        byte[] pixels = new byte[image.pixels().length];
        int at = 0;
        for (int c = 0; c < image.channels(); c++) {
            for (int y = 0; y < image.height(); y++) {
                int row = (c * image.height() + clamp(y - down, image.height())) * image.width();
                for (int x = 0; x < image.width(); x++) {
                    int from = clamp(x - right, image.width());
                    pixels[at++] = image.pixels()[row + (mirrored ? image.width() - 1 - from : from)];
                }
            }
        }
        return new PixelImage(pixels, image.channels(), image.height(), image.width());
    }

    private static int clamp(int at, int size) {
        return Math.max(0, Math.min(size - 1, at));
    }
}
