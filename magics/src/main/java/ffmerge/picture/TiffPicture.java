package ffmerge.picture;

import com.twelvemonkeys.imageio.metadata.CompoundDirectory;
import com.twelvemonkeys.imageio.metadata.Directory;
import com.twelvemonkeys.imageio.metadata.Entry;
import com.twelvemonkeys.imageio.metadata.tiff.TIFFReader;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageReadParam;

/** Decodes TIFF, of several pages the first. */
final class TiffPicture {
    private static final int BITS_PER_SAMPLE = 258;
    private static final int COMPRESSION = 259;
    private static final int PHOTOMETRIC = 262;
    private static final int ORIENTATION = 274;
    private static final int COLOR_MAP = 320;
    private static final int EXTRA_SAMPLES = 338;
    private static final int SAMPLE_FORMAT = 339;

    private static final int WHITE_IS_ZERO = 0;
    private static final int CMYK = 5;
    private static final int PALETTE = 3;
    private static final int UNSPECIFIED = 0;
    private static final int MULTIPLIED_ALPHA = 1;
    private static final int STRAIGHT_ALPHA = 2;
    private static final int FLOATING_POINT = 3;
    /** What Pillow has other formulas for than the decoder, or none. */
    private static final Map<Integer, String> REFUSED =
            Map.of(8, "CIELAB", 9, "ICCLAB", 10, "ITULAB", 32803, "a camera's filter", 32844, "LogL", 32845, "LogLuv");

    /** None, the four of faxes, LZW, JPEG of old and new, Deflate under two numbers, PackBits. */
    private static final Set<Integer> COMPRESSIONS = Set.of(1, 2, 3, 4, 32771, 5, 6, 7, 8, 32946, 32773);

    private TiffPicture() {}

    static Picture decode(byte[] file) throws IOException {
        Directory tags = firstPage(file);
        int photometric = number(tags, PHOTOMETRIC, 1);
        int bits = number(tags, BITS_PER_SAMPLE, 1);
        requireReadable(photometric, bits, number(tags, SAMPLE_FORMAT, 1), number(tags, COMPRESSION, 1));
        BufferedImage image = PictureDecoder.read(file, PictureFormat.TIFF, reader -> {
            ImageReadParam parameters = reader.getDefaultReadParam();
            parameters.setDestinationType(reader.getRawImageType(0)); // as it is, no profile applied
            return reader.read(0, parameters);
        });
        int extra = number(tags, EXTRA_SAMPLES, STRAIGHT_ALPHA);
        Picture picture = colored(image, photometric, bits, extra != UNSPECIFIED, colorMap(tags));
        return (extra == MULTIPLIED_ALPHA ? picture.divided() : picture).turned(number(tags, ORIENTATION, 1));
    }

    private static Picture colored(BufferedImage image, int photometric, int bits, boolean hasAlpha, byte[] map) {
        if (photometric == CMYK) {
            return RasterColors.ofCmyk(image.getRaster(), bits);
        }
        return photometric == PALETTE && map.length > 0
                ? RasterColors.ofPalette(image.getRaster(), map, new byte[0])
                : RasterColors.of(image, hasAlpha);
    }

    /** Three bytes a colour, the high ones of the file's words. */
    private static byte[] colorMap(Directory tags) {
        Entry entry = tags.getEntryById(COLOR_MAP);
        if (entry == null || !(entry.getValue() instanceof int[] words)) {
            return new byte[0];
        }
        int size = words.length / 3;
        byte[] map = new byte[3 * size];
        for (int i = 0; i < map.length; i++) {
            map[i] = (byte) (words[i % 3 * size + i / 3] >> 8);
        }
        return map;
    }

    private static void requireReadable(int photometric, int bits, int format, int compression)
            throws UnreadablePicture {
        String what = null;
        if (REFUSED.containsKey(photometric)) {
            what = "in " + REFUSED.get(photometric);
        } else if (format == FLOATING_POINT) {
            what = "of floating-point samples";
        } else if (bits > 8 && photometric == WHITE_IS_ZERO) {
            what = "of " + bits + " bits where white is zero";
        } else if (photometric == CMYK && bits != 8 && bits != 16) {
            what = "in CMYK of " + bits + " bits";
        } else if (!COMPRESSIONS.contains(compression)) {
            what = "of the compression " + compression;
        }
        if (what != null) {
            throw new UnreadablePicture("it is a TIFF " + what + ", which isn't read; plain RGB is");
        }
    }

    private static Directory firstPage(byte[] file) throws IOException {
        try (ByteArrayImageInputStream in = new ByteArrayImageInputStream(file)) {
            Directory all = new TIFFReader().read(in);
            return all instanceof CompoundDirectory pages && pages.directoryCount() > 0 ? pages.getDirectory(0) : all;
        } catch (IOException e) {
            throw new IOException("it is a damaged or cut off TIFF", e);
        }
    }

    /** A tag's value, of several the first. */
    private static int number(Directory tags, int tag, int absent) {
        Entry entry = tags.getEntryById(tag);
        Object value = entry == null ? null : entry.getValue();
        if (value instanceof Number number) {
            return number.intValue();
        }
        if (value instanceof short[] numbers && numbers.length > 0) {
            return numbers[0] & 0xFFFF;
        }
        return value instanceof int[] numbers && numbers.length > 0 ? numbers[0] : absent;
    }
}
