package ffmerge.picture;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;

/** Decodes BMP of palettes and of packed and whole samples, in rows and in runs. */
final class BmpPicture {
    /** Bits of a sample whose stretching to eight is the same everywhere. */
    private static final Set<Integer> DEPTHS = Set.of(5, 6, 8);

    private static final int COMPRESSION_AT = 30;
    private static final int JPEG_INSIDE = 4;

    private BmpPicture() {}

    static Picture decode(byte[] file) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        boolean core = file.length < COMPRESSION_AT + 4 || header.getInt(14) == 12;
        if (!core && header.getInt(COMPRESSION_AT) >= JPEG_INSIDE) {
            throw new UnreadablePicture("it is a BMP with the compression " + header.getInt(COMPRESSION_AT)
                    + ", which isn't read; PNG and JPEG are");
        }
        BufferedImage image = PictureDecoder.read(file, PictureFormat.BMP, reader -> reader.read(0));
        if (image.getColorModel() instanceof IndexColorModel palette) {
            byte[] colors = RasterColors.orGreys(RasterColors.colors(palette));
            return RasterColors.ofPalette(image.getRaster(), colors, new byte[0]);
        }
        int[] bits = image.getColorModel().getComponentSize();
        if (!Arrays.stream(bits).allMatch(DEPTHS::contains)) {
            throw new UnreadablePicture(
                    "it is a BMP whose samples have " + bits[0] + " bits, which isn't read; 5, 6 and 8 are");
        }
        return RasterColors.of(image, true);
    }
}
