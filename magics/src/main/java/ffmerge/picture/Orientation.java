package ffmerge.picture;

import com.twelvemonkeys.imageio.metadata.Directory;
import com.twelvemonkeys.imageio.metadata.Entry;
import com.twelvemonkeys.imageio.metadata.tiff.TIFFReader;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a picture is to be turned, by EXIF or, where that doesn't say, by XMP, as Pillow's {@code getexif} looks for it. */
final class Orientation {
    private static final int TAG = 0x112;
    private static final byte[] PREFIX = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final Pattern XMP =
            Pattern.compile("tiff:Orientation=\"([0-9])\"|<tiff:Orientation>([0-9])</tiff:Orientation>");

    private Orientation() {}

    /**
     * @param exif with or without its prefix, or null
     * @param xmp or null
     */
    static int of(byte[] exif, byte[] xmp) {
        OptionalInt said = exif == null ? OptionalInt.empty() : ofExif(exif);
        if (said.isPresent() || xmp == null) {
            return said.orElse(1);
        }
        Matcher matcher = XMP.matcher(new String(xmp, StandardCharsets.ISO_8859_1));
        return matcher.find() ? Integer.parseInt(matcher.group(1) != null ? matcher.group(1) : matcher.group(2)) : 1;
    }

    private static OptionalInt ofExif(byte[] exif) {
        boolean prefixed =
                exif.length > PREFIX.length && Arrays.equals(exif, 0, PREFIX.length, PREFIX, 0, PREFIX.length);
        byte[] tiff = prefixed ? Arrays.copyOfRange(exif, PREFIX.length, exif.length) : exif;
        try (ByteArrayImageInputStream in = new ByteArrayImageInputStream(tiff)) {
            Directory directory = new TIFFReader().read(in);
            Entry entry = directory.getEntryById(TAG);
            return entry != null && entry.getValue() instanceof Number number
                    ? OptionalInt.of(number.intValue())
                    : OptionalInt.empty();
        } catch (IOException | RuntimeException e) {
            return OptionalInt.empty(); // damaged notes on a picture don't damage the picture
        }
    }
}
