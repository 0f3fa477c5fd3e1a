package ffmerge.picture;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What stands before a JPEG's first scan.
 *
 * @param components as numbered by the frame: 1, 2, 3, or the letters R, G, B
 * @param transform of Adobe's marker, or −1 where there is none
 * @param exif or null
 * @param xmp or null
 */
record JpegHeader(int[] components, boolean jfif, int transform, byte[] exif, byte[] xmp) {
    private static final int START_OF_SCAN = 0xDA;
    private static final int END_OF_IMAGE = 0xD9;
    private static final int APP0 = 0xE0;
    private static final int APP1 = 0xE1;
    private static final int APP14 = 0xEE;
    private static final String XMP = "http://ns.adobe.com/xap/1.0/\0";
    /** In Adobe's marker, behind the name, a version and two words of flags. */
    private static final int TRANSFORM_AT = 11;

    /** What the decoded components mean. */
    enum Colors {
        GREY,
        RGB,
        YCC,
        CMYK,
        YCCK
    }

    static JpegHeader read(byte[] file) throws UnreadablePicture {
        int[] components = new int[0];
        boolean jfif = false;
        int transform = -1;
        byte[] exif = null;
        byte[] xmp = null;
        int at = 2;
        while (at + 4 <= file.length && (file[at + 1] & 0xFF) != START_OF_SCAN) {
            int marker = file[at + 1] & 0xFF;
            if ((file[at] & 0xFF) != 0xFF || marker == END_OF_IMAGE) {
                break;
            }
            if (marker == 0xFF) { // padding
                at++;
                continue;
            }
            int end = at + 2 + ((file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF);
            if (end < at + 4 || end > file.length) {
                break;
            }
            byte[] content = Arrays.copyOfRange(file, at + 4, end);
            if (isFrame(marker)) {
                components = components(content);
            } else if (marker == APP0) {
                jfif |= begins(content, "JFIF\0");
            } else if (marker == APP14 && content.length > TRANSFORM_AT && begins(content, "Adobe")) {
                transform = content[TRANSFORM_AT] & 0xFF;
            } else if (marker == APP1 && begins(content, "Exif\0") && exif == null) {
                exif = content;
            } else if (marker == APP1 && begins(content, XMP) && xmp == null) {
                xmp = content;
            }
            at = end;
        }
        if (components.length == 0) {
            throw new UnreadablePicture("it is a damaged or cut off JPEG");
        }
        return new JpegHeader(components, jfif, transform, exif, xmp);
    }

    private static boolean isFrame(int marker) {
        boolean table = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;
        return marker >= 0xC0 && marker <= 0xCF && !table;
    }

    private static int[] components(byte[] frame) {
        int count = frame.length > 5 ? frame[5] & 0xFF : 0;
        if (frame.length < 6 + 3 * count) {
            return new int[0];
        }
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) {
            ids[i] = frame[6 + 3 * i] & 0xFF;
        }
        return ids;
    }

    private static boolean begins(byte[] content, String with) {
        byte[] start = with.getBytes(StandardCharsets.ISO_8859_1);
        return content.length >= start.length && Arrays.equals(content, 0, start.length, start, 0, start.length);
    }

    /** As libjpeg's {@code default_decompress_parms} decides it. */
    Colors colors() throws UnreadablePicture {
        return switch (components.length) {
            case 1 -> Colors.GREY;
            case 3 -> threeAreRgb() ? Colors.RGB : Colors.YCC;
            case 4 -> transform > 0 ? Colors.YCCK : Colors.CMYK;
            default -> throw new UnreadablePicture("it is a JPEG of " + components.length + " components");
        };
    }

    private boolean threeAreRgb() {
        if (jfif) {
            return false;
        }
        return transform >= 0 ? transform == 0 : Arrays.equals(components, new int[] {'R', 'G', 'B'});
    }
}
