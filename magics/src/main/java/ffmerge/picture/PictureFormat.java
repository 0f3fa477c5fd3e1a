package ffmerge.picture;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The formats of pictures, told by what a file begins with: its name may say anything. */
enum PictureFormat {
    JPEG("JPEG", 0, "\u00ff\u00d8\u00ff"),
    PNG("PNG", 0, "\u0089PNG\r\n\u001a\n"),
    GIF("GIF", 0, "GIF87a", "GIF89a"),
    BMP("BMP", 0, "BM"),
    TIFF("TIFF", 0, "II*\0", "MM\0*"),

    // known, so that a refusal can name them
    WEBP("WebP", 8, "WEBP"),
    HEIF("HEIF or AVIF", 4, "ftyp"),
    JPEG_2000("JPEG 2000", 4, "jP  "),
    BIG_TIFF("BigTIFF", 0, "II+\0", "MM\0+"),
    ICON("Windows icon", 0, "\0\0\1\0"),
    PSD("Photoshop document", 0, "8BPS"),
    NETPBM("Netpbm picture", 0, "P1", "P2", "P3", "P4", "P5", "P6", "P7");

    private final String title;
    private final int at;
    private final List<byte[]> signatures;

    PictureFormat(String title, int at, String... signatures) {
        this.title = title;
        this.at = at;
        this.signatures = Arrays.stream(signatures)
                .map(s -> s.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
    }

    static Optional<PictureFormat> of(byte[] file) {
        return Arrays.stream(values()).filter(format -> format.begins(file)).findFirst();
    }

    private boolean begins(byte[] file) {
        return signatures.stream()
                .anyMatch(s -> file.length >= at + s.length && Arrays.equals(file, at, at + s.length, s, 0, s.length));
    }

    String title() {
        return title;
    }

    boolean isRead() {
        return compareTo(TIFF) <= 0;
    }

    /** {@code JPEG, PNG, GIF, BMP and TIFF are} */
    static String readable() {
        List<String> titles = Arrays.stream(values())
                .filter(PictureFormat::isRead)
                .map(PictureFormat::title)
                .toList();
        int last = titles.size() - 1;
        return titles.stream().limit(last).collect(Collectors.joining(", ")) + " and " + titles.get(last);
    }
}
