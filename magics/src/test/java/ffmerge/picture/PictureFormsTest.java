package ffmerge.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures of many forms have the values that Pillow gives them; resources/images/forms/generate.py asked it. */
class PictureFormsTest {
    /** Forms that Pillow decodes and we don't, with what the refusal says. */
    private static final Map<String, String> REFUSED = Map.of(
            "grey-float-little.tif", "it is a TIFF of floating-point samples, which isn't read; plain RGB is",
            "grey-float-big.tif", "it is a TIFF of floating-point samples, which isn't read; plain RGB is",
            "grey-16-white-is-zero-little.tif",
                    "it is a TIFF of 16 bits where white is zero, which isn't read; plain RGB is",
            "lab.tif", "it is a TIFF in CIELAB, which isn't read; plain RGB is",
            "rgb-zstd.tif", "it is a TIFF of the compression 50000, which isn't read; plain RGB is",
            "rgb-lzma.tif", "it is a TIFF of the compression 34925, which isn't read; plain RGB is",
            "lossy.webp", "it is a WebP; JPEG, PNG, GIF, BMP and TIFF are read",
            "portable.ppm", "it is a Netpbm picture; JPEG, PNG, GIF, BMP and TIFF are read",
            "truevision.tga", "it is no picture that is known; JPEG, PNG, GIF, BMP and TIFF are read",
            "icon.ico", "it is a Windows icon; JPEG, PNG, GIF, BMP and TIFF are read");

    private static final Map<String, byte[]> FILES = files();
    private static final JsonNode EXPECTED = expected();

    private static Map<String, byte[]> files() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(resource("forms.zip"))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                files.put(entry.getName(), zip.readAllBytes());
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return files;
    }

    private static JsonNode expected() {
        try (InputStream in = resource("expected.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static InputStream resource(String name) {
        return PictureFormsTest.class.getResourceAsStream("/images/forms/" + name);
    }

    static List<String> decoded() {
        return FILES.keySet().stream()
                .filter(name -> !EXPECTED.get(name).has("refused") && !REFUSED.containsKey(name))
                .toList();
    }

    static List<String> refusedByBoth() {
        return FILES.keySet().stream()
                .filter(name -> EXPECTED.get(name).has("refused"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("decoded")
    void decodedAsPillowDoes(String name) throws IOException {
        JsonNode form = EXPECTED.get(name);
        Picture picture = PictureDecoder.decode(FILES.get(name));
        assertEquals(
                List.of(form.get("width").asInt(), form.get("height").asInt()),
                List.of(picture.width(), picture.height()));
        // decoders of JPEG round otherwise, and so does the conversion of YCbCr
        int tolerance = name.endsWith(".jpg") || name.contains("jpeg") || name.contains("ycbcr") ? 1 : 0;
        assertClose(form.get("RGB"), 3, picture.rgb(), tolerance);
        assertClose(
                form.has("white") ? form.get("white") : form.get("RGB"),
                3,
                picture.onWhite().rgb(),
                tolerance);
        if (form.has("L")) {
            assertClose(form.get("L"), 1, picture.grey(), tolerance);
        }
    }

    /** Pillow's pixels hold the channels of a pixel side by side, ours one channel after the other. */
    private static void assertClose(JsonNode expected, int channels, byte[] found, int tolerance) throws IOException {
        byte[] pillows = new InflaterInputStream(
                        new ByteArrayInputStream(Base64.getDecoder().decode(expected.asText())))
                .readAllBytes();
        assertEquals(pillows.length, found.length);
        int plane = found.length / channels;
        for (int i = 0; i < found.length; i++) {
            int right = pillows[i % plane * channels + i / plane] & 0xFF;
            assertTrue(
                    Math.abs(right - (found[i] & 0xFF)) <= tolerance, i + ": " + (found[i] & 0xFF) + ", not " + right);
        }
    }

    @Test
    void whatIsNotReadIsNamed() {
        REFUSED.forEach((name, message) -> assertEquals(message, refusal(FILES.get(name))));
    }

    @ParameterizedTest
    @MethodSource("refusedByBoth")
    void whatPillowRefusesIsRefused(String name) {
        String message = refusal(FILES.get(name));
        assertTrue(message.startsWith("it "), message);
        assertTrue(!message.contains("xception") && !message.contains("java"), message);
    }

    @Test
    void theSizeIsCheckedBeforeAnythingIsDecoded() {
        assertEquals("it has 13000 × 13000 pixels, more than 89 million", refusal(FILES.get("many-pixels.png")));
        byte[] fewer = FILES.get("many-pixels.png").clone();
        fewer[18] = 0x10; // the width
        assertEquals("its 60 bytes can't hold 4296 × 13000 pixels", refusal(fewer));
    }

    private static String refusal(byte[] file) {
        return assertThrows(IOException.class, () -> PictureDecoder.decode(file))
                .getMessage();
    }
}
