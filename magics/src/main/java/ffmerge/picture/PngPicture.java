package ffmerge.picture;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Decodes PNG; of an animated one the picture that every reader sees. */
final class PngPicture {
    private static final int SIGNATURE = 8;
    /** Of a chunk: its length and name before, its checksum behind. */
    private static final int BEFORE = 8;

    private static final int BEHIND = 4;
    private static final int COLOR_TYPE_AT = 25;
    private static final int GREY = 0;
    private static final int PALETTE = 3;
    private static final String XMP = "XML:com.adobe.xmp\0";

    private PngPicture() {}

    static Picture decode(byte[] file) throws IOException {
        BufferedImage image = PictureDecoder.read(file, PictureFormat.PNG, reader -> reader.read(0));
        return colored(image, file).turned(Orientation.of(chunk(file, "eXIf", ""), chunk(file, "iTXt", XMP)));
    }

    private static Picture colored(BufferedImage image, byte[] file) {
        if (file[COLOR_TYPE_AT] == PALETTE) {
            byte[] colors = chunk(file, "PLTE", "");
            byte[] opacities = chunk(file, "tRNS", "");
            return RasterColors.ofPalette(image.getRaster(), colors, opacities == null ? new byte[0] : opacities);
        }
        boolean wideGrey = file[COLOR_TYPE_AT] == GREY && file[COLOR_TYPE_AT - 1] == 16;
        return wideGrey
                ? RasterColors.ofBands(image.getRaster(), image.getColorModel(), true, RasterColors.Narrowing.CLIPPED)
                : RasterColors.of(image, true);
    }

    /** The content of the first chunk of a name that begins so, or null. */
    private static byte[] chunk(byte[] file, String name, String begins) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        long at = SIGNATURE;
        while (at + BEFORE <= file.length) {
            int start = (int) at + BEFORE;
            long end = start + (bytes.getInt((int) at) & 0xFFFF_FFFFL);
            if (end > file.length) {
                return null;
            }
            String found = new String(file, (int) at + 4, 4, StandardCharsets.ISO_8859_1);
            byte[] content = Arrays.copyOfRange(file, start, (int) end);
            if (found.equals(name) && new String(content, StandardCharsets.ISO_8859_1).startsWith(begins)) {
                return content;
            }
            at = end + BEHIND;
        }
        return null;
    }
}
