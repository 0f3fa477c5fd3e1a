package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.picture.PictureDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Images are read and resized to the bytes that Pillow makes of them; resources/images/generate.py asked it. */
class PillowTest {
    private static final JsonNode EXPECTED = expected();

    private static JsonNode expected() {
        try {
            return new ObjectMapper().readTree(resource("expected.json"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = PillowTest.class.getResourceAsStream("/images/" + name)) {
            return in.readAllBytes();
        }
    }

    static PixelImage decode(byte[] bytes, int channels) throws IOException {
        return PixelImage.of(PictureDecoder.decode(bytes), channels);
    }

    /** Pillow's pixels hold the channels of a pixel side by side, ours one channel after the other. */
    private static byte[] channelByChannel(JsonNode pixels, int channels) {
        byte[] interleaved = Base64.getDecoder().decode(pixels.asText());
        byte[] planes = new byte[interleaved.length];
        for (int i = 0; i < planes.length; i++) {
            planes[i % channels * (planes.length / channels) + i / channels] = interleaved[i];
        }
        return planes;
    }

    static List<String> lossless() {
        return EXPECTED.get("decoded").properties().stream()
                .map(e -> e.getKey())
                .filter(name -> name.endsWith(".png"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("lossless")
    void pngsHavePillowsBytes(String name) throws IOException {
        JsonNode expected = EXPECTED.get("decoded").get(name);
        PixelImage color = decode(resource(name), 3);
        assertEquals(List.of(3, 23, 37), List.of(color.channels(), color.height(), color.width()));
        assertArrayEquals(channelByChannel(expected.get("RGB"), 3), color.pixels());
        assertArrayEquals(
                channelByChannel(expected.get("L"), 1),
                decode(resource(name), 1).pixels());
    }

    @Test
    void aJpegDiffersFromPillowsByALevelAtMost() throws IOException {
        byte[] expected = channelByChannel(EXPECTED.at("/decoded/photo.jpg/RGB"), 3);
        byte[] found = decode(resource("photo.jpg"), 3).pixels();
        double sum = 0;
        for (int i = 0; i < found.length; i++) {
            int difference = Math.abs((found[i] & 0xFF) - (expected[i] & 0xFF));
            assertTrue(difference <= 1, "pixel " + i + " differs by " + difference);
            sum += difference;
        }
        assertTrue(sum / found.length < 0.1, "mean difference " + sum / found.length);
    }

    static List<JsonNode> resized() {
        return StreamSupport.stream(EXPECTED.get("resized").spliterator(), false)
                .toList();
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("resized")
    void resizingGivesPillowsBytes(JsonNode expected) throws IOException {
        int channels = expected.get("mode").asText().length();
        PixelImage resized = Resampling.valueOf(expected.get("filter").asText())
                .resize(
                        decode(resource("color.png"), channels),
                        expected.get("height").asInt(),
                        expected.get("width").asInt());
        assertArrayEquals(
                channelByChannel(expected.get("pixels"), channels),
                resized.pixels(),
                expected.get("filter") + " " + resized.height() + " × " + resized.width());
    }

    @Test
    void whatIsNoWholeImageIsSaidSo() throws IOException {
        assertEquals("it is cut off", refusal(resource("cut-off.jpg")));
        assertTrue(refusal(resource("cut-off.png")).matches("(?s).+"));
        assertEquals("it is empty", refusal(new byte[0]));
        assertEquals(
                "it is no picture that is known; JPEG, PNG, GIF, BMP and TIFF are read",
                refusal("not an image".getBytes()));
    }

    private static String refusal(byte[] bytes) {
        return assertThrows(IOException.class, () -> decode(bytes, 3)).getMessage();
    }
}
