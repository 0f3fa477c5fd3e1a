package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a model's {@code preprocessor_config.json} does to an image, in the order of the components.
 *
 * @param channels 1 for grey, 3 for red, green, blue: as many as the model takes
 * @param resize to which size, or null
 * @param crop the size of the middle that is kept, or null
 */
public record Preprocessing(int channels, Resize resize, Resampling resampling, Size crop, PixelScale normalization) {
    private static final String FILE = "preprocessor_config.json";
    private static final double BYTE = 1 / 255.0;

    /** In pixels. */
    record Size(int height, int width) {}

    /** To a size, or, where the width is 0, to one whose shorter edge is the height. */
    record Resize(int height, int width) {
        Size of(PixelImage image) {
            if (width > 0) {
                return new Size(height, width);
            }
            boolean upright = image.height() > image.width();
            int shorter = Math.min(image.height(), image.width());
            int longer = (int) ((double) height * Math.max(image.height(), image.width()) / shorter);
            return upright ? new Size(longer, height) : new Size(height, longer);
        }
    }

    /**
     * @param folder of the model
     * @param channels as the model's config has it
     * @throws UserError if the file is missing or asks for what isn't there
     */
    public static Preprocessing load(Path folder, int channels) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            throw new UserError(folder + " has no " + FILE
                    + "; in Python, AutoImageProcessor.from_pretrained(…).save_pretrained(folder) makes one");
        }
        if (channels != 1 && channels != 3) {
            throw new UserError(
                    "images are read as 1 channel (grey) or 3 (red, green, blue); the model's num_channels is "
                            + channels);
        }
        try {
            return of(new ObjectMapper().readTree(file.toFile()), file.toString(), channels);
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    private static Preprocessing of(JsonNode json, String source, int channels) {
        boolean rescales = json.path("do_rescale").asBoolean(true);
        boolean normalizes = json.path("do_normalize").asBoolean(true);
        return new Preprocessing(
                channels,
                json.path("do_resize").asBoolean(true) ? resize(json.path("size"), source) : null,
                Resampling.ofNumber(json.path("resample").asInt(Resampling.BILINEAR.ordinal()), source),
                json.path("do_center_crop").asBoolean(false) ? crop(json.path("crop_size"), source) : null,
                new PixelScale(
                        rescales ? json.path("rescale_factor").asDouble(BYTE) : 1,
                        perChannel(json, "image_mean", normalizes ? 0.5f : 0, normalizes, channels, source),
                        perChannel(json, "image_std", normalizes ? 0.5f : 1, normalizes, channels, source)));
    }

    /** {@code 224}, {@code {"height": 224, "width": 224}} or {@code {"shortest_edge": 224}}. */
    private static Resize resize(JsonNode size, String source) {
        if (size.has("shortest_edge") && !size.has("longest_edge")) {
            return new Resize(pixels(size.path("shortest_edge"), source), 0);
        }
        Size both = crop(size, source);
        return new Resize(both.height(), both.width());
    }

    private static Size crop(JsonNode size, String source) {
        return size.isObject()
                ? new Size(pixels(size.path("height"), source), pixels(size.path("width"), source))
                : new Size(pixels(size, source), pixels(size, source));
    }

    private static int pixels(JsonNode value, String source) {
        if (!value.isInt() || value.asInt() <= 0 || value.asInt() > Short.MAX_VALUE) {
            throw new UserError(
                    source + ": a size is a number, a height and a width, or a shortest_edge, in pixels; it is "
                            + (value.isMissingNode() ? "missing" : value));
        }
        return value.asInt();
    }

    private static float[] perChannel(
            JsonNode json, String key, float absent, boolean read, int channels, String source) {
        float[] values = new float[channels];
        JsonNode given = read ? json.path(key) : json.path("");
        for (int c = 0; c < channels; c++) {
            JsonNode value = given.isArray() ? given.path(c) : given;
            if (given.isArray() && given.size() != channels || !given.isMissingNode() && !value.isNumber()) {
                throw new UserError(source + ": '" + key + "' is " + given + ", the model takes " + channels
                        + " channel" + (channels == 1 ? "" : "s"));
            }
            values[c] = given.isMissingNode() ? absent : (float) value.asDouble();
        }
        return values;
    }

    /** The image as the model takes it, still in bytes. */
    PixelImage apply(PixelImage image) {
        PixelImage result = image;
        if (resize != null) {
            Size size = resize.of(image);
            result = resampling.resize(image, size.height(), size.width());
        }
        if (crop != null) {
            int top = Math.floorDiv(result.height() - crop.height(), 2);
            int left = Math.floorDiv(result.width() - crop.width(), 2);
            result = result.crop(top, left, crop.height(), crop.width());
        }
        return result;
    }
}
