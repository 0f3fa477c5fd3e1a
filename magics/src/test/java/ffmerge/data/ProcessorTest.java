package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each class's keys mean what they mean in transformers, which resources/processors/generate.py asked. */
class ProcessorTest {
    private static final JsonNode EXPECTED = expected();

    @TempDir
    private Path folder;

    private static JsonNode expected() {
        try (InputStream in = ProcessorTest.class.getResourceAsStream("/processors/expected.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static List<String> cases() {
        return EXPECTED.get("cases").properties().stream()
                .map(Map.Entry::getKey)
                .toList();
    }

    static List<String> classes() {
        return EXPECTED.get("classes").properties().stream()
                .map(Map.Entry::getKey)
                .toList();
    }

    private Preprocessing load(String json) {
        try {
            Files.writeString(folder.resolve("preprocessor_config.json"), json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Preprocessing.load(folder, 3);
    }

    private String refusal(String json) {
        return assertThrows(UserError.class, () -> load(json)).getMessage().replace(folder + "/", "");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void pixelsAreTransformers(String name) throws IOException {
        JsonNode one = EXPECTED.get("cases").get(name);
        String config = one.get("config").toString();
        if (one.has("refused")) {
            assertThrows(UserError.class, () -> load(config));
            return;
        }
        Preprocessing preprocessing = load(config);
        for (Map.Entry<String, JsonNode> entry : one.get("pixels").properties()) {
            try (InputStream in = ProcessorTest.class.getResourceAsStream("/processors/" + entry.getKey())) {
                assertSame(entry.getValue(), preprocessing.read(in.readAllBytes()), preprocessing.normalization());
            }
        }
    }

    private static void assertSame(JsonNode right, PixelImage image, PixelScale scale) {
        assertEquals(
                right.get("shape").toString(),
                "[" + image.channels() + "," + image.height() + "," + image.width() + "]");
        int plane = image.height() * image.width();
        double sum = 0;
        for (int i = 0; i < image.pixels().length; i++) {
            float rescaled = (float) ((image.pixels()[i] & 0xFF) * scale.factor());
            float value = (rescaled - scale.mean()[i / plane]) / scale.deviation()[i / plane];
            sum += value;
            if (i % right.get("step").asInt() == 0) {
                double expected =
                        right.get("every").get(i / right.get("step").asInt()).asDouble();
                assertEquals(expected, value, 2e-6 * Math.max(1, Math.abs(expected)), "value " + i);
            }
        }
        double mean = right.get("mean").asDouble();
        assertEquals(mean, sum / image.pixels().length, 1e-5 * Math.max(1, Math.abs(mean)));
    }

    /** Null and false are one here, as an absent value and null are. */
    @ParameterizedTest
    @MethodSource("classes")
    void theTableHasTransformersValues(String name) throws IOException {
        Files.writeString(
                folder.resolve("preprocessor_config.json"),
                "{\"image_processor_type\": \"" + name + "ImageProcessor\"}");
        ProcessorConfig config = ProcessorConfig.read(folder);
        EXPECTED.get("classes").get(name).properties().forEach(entry -> {
            JsonNode ours = config.value(entry.getKey());
            boolean none = entry.getValue().isNull()
                    ? ours.isNull() || ours.isMissingNode() || !ours.asBoolean(true)
                    : entry.getValue().equals(ours);
            assertTrue(none || entry.getKey().equals("rescale_factor"), entry.getKey() + ": " + ours);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "image_processor_type, CLIPImageProcessor, 12 × 19",
        "image_processor_type, CLIPImageProcessorFast, 12 × 19",
        "image_processor_type, CLIPImageProcessorPil, 12 × 19",
        "feature_extractor_type, CLIPFeatureExtractor, 12 × 19",
        "feature_extractor_type, ViTFeatureExtractor, 12 × 12",
        "image_processor_type, ConvNextFeatureExtractor, 12 × 12"
    })
    void theClassIsKnownUnderEachOfItsNames(String key, String name, String size) throws IOException {
        Preprocessing loaded = load("{\"" + key + "\": \"" + name + "\", \"size\": 12, \"do_center_crop\": false}");
        PixelImage image = loaded.apply(PillowTest.decode(PillowTest.resource("color.png"), 3)); // 23 × 37
        assertEquals(size, image.height() + " × " + image.width());
    }

    @Test
    void whereNoClassIsNamedTheModelsOwnHolds() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"dinov2\"}");
        assertEquals(List.of(new Preprocessing.Size(224, 224)), load("{}").crops());
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"vit\"}");
        assertEquals(List.of(), load("{}").crops());
    }

    @Test
    void theModelsConfigMayNameTheClass() throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\": \"vit\", \"image_processor_type\": \"CLIPImageProcessor\"}");
        assertEquals(List.of(new Preprocessing.Size(224, 224)), load("{}").crops());
    }

    /** As AutoImageProcessor: transformers 5 writes all processors of a model into one file, which comes first. */
    @Test
    void theFileOfAllProcessorsComesFirst() throws IOException {
        Path all = folder.resolve("processor_config.json");
        String clip = "{\"image_processor_type\": \"CLIPImageProcessor\", \"size\": 12, \"do_center_crop\": false}";
        String vit = "{\"image_processor_type\": \"ViTImageProcessor\", \"size\": 12}";
        Files.writeString(all, "{\"image_processor\": " + clip + ", \"processor_class\": \"CLIPProcessor\"}");
        assertEquals(
                new Preprocessing.Resize(12, 0, 0),
                Preprocessing.load(folder, 3).resize(),
                "alone");
        assertEquals(new Preprocessing.Resize(12, 0, 0), load(vit).resize());
        Files.writeString(all, "{\"processor_class\": \"CLIPProcessor\", \"image_processor\": null}");
        assertEquals(new Preprocessing.Resize(12, 12, 0), load(vit).resize());
        Files.writeString(all, "{\"image_processor\": {\"image_processor_type\": \"ClipImageProcessor\"}}");
        assertTrue(
                refusal(vit).startsWith("processor_config.json, 'image_processor': the processor 'ClipImageProcessor'"),
                refusal(vit));
        Files.writeString(all, "{\"image_processor\": [3]}");
        assertEquals("processor_config.json, 'image_processor' should be an object, is [3]", refusal(vit));
    }

    @Test
    void anUnknownClassIsRefusedByName() {
        assertEquals(
                "preprocessor_config.json: the processor 'CLIPsImageProcessor' ('image_processor_type') isn't known;"
                        + " did you mean 'CLIPImageProcessor'? Known are ViTImageProcessor, DeiTImageProcessor,"
                        + " CLIPImageProcessor, ChineseCLIPImageProcessor, BitImageProcessor, SiglipImageProcessor,"
                        + " BlipImageProcessor, ConvNextImageProcessor, PvtImageProcessor",
                refusal("{\"image_processor_type\": \"CLIPsImageProcessor\"}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"rescale_factor\": NaN | 'rescale_factor' is",
                "\"rescale_factor\": Infinity | 'rescale_factor' is",
                "\"rescale_factor\": -0.5 | 'rescale_factor' is -0.5",
                "\"rescale_factor\": 0 | 'rescale_factor' is 0",
                "\"rescale_factor\": 1e300 | 'rescale_factor' is 1.0E300",
                "\"rescale_factor\": \"x\" | 'rescale_factor' is \"x\"",
                "\"image_mean\": [NaN, 0, 0] | 'image_mean' is",
                "\"image_std\": [1, 0, 1] | 'image_std' is [1,0,1]",
                "\"image_std\": -1 | 'image_std' is -1",
                "\"size\": -3 | 'size' is -3",
                "\"size\": 100000 | 'size' is 100000",
                "\"size\": {\"height\": 4, \"breadth\": 4} | 'size' is",
                "\"size\": {\"longest_edge\": 4} | 'size' is",
                "\"size\": {\"height\": 2.5, \"width\": 4} | 'size' is",
                "\"do_resize\": \"yes\" | 'do_resize' is \"yes\"",
                "\"resample\": \"bicubic\" | 'resample' is \"bicubic\"",
                "\"do_center_crop\": true | 'crop_size' is null",
                "\"do_center_crop\": true, \"crop_size\": {\"shortest_edge\": 4} | 'crop_size' is",
                "\"do_pad\": true | 'do_pad' is set"
            })
    void whatCannotBeMeantIsNamed(String keys, String message) {
        String said = refusal("{\"image_processor_type\": \"ViTImageProcessor\", " + keys + "}");
        assertTrue(said.startsWith("preprocessor_config.json: " + message), said);
    }

    @Test
    void anImageThatWouldBecomeEndlessIsNamed() throws IOException {
        Preprocessing clip = load("{\"image_processor_type\": \"CLIPImageProcessor\"}");
        String message = assertThrows(
                        IOException.class, () -> clip.apply(new PixelImage(new byte[3 * 4_000_000], 3, 1, 4_000_000)))
                .getMessage();
        assertEquals("its 4000000 × 1 pixels would become 896000000 × 224", message);
    }
}
