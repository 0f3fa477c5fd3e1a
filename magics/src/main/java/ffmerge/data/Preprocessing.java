package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import ffmerge.picture.Picture;
import ffmerge.picture.PictureDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a model's {@code preprocessor_config.json} does to an image, in the order of the components.
 *
 * @param channels 1 for grey, 3 for red, green, blue: as many as the model takes
 * @param onWhite whether what is transparent becomes white, else it is as if it were opaque
 * @param resize to which size, or null
 * @param crops the sizes of the middle that is kept, one after the other
 */
public record Preprocessing(
        int channels,
        boolean onWhite,
        Resize resize,
        Resampling resampling,
        List<Size> crops,
        PixelScale normalization) {
    private static final double BYTE = 1 / 255.0;
    /** Of an edge, in pixels. */
    private static final int MOST = 4096;
    /** Of a resized image, in pixels: one that is a thousand times as wide as high would exceed any memory. */
    private static final long MOST_PIXELS = 1 << 26;

    private static final double MOST_VALUE = 1e6;
    private static final double LEAST_VALUE = 1e-6;
    /** From this edge on ConvNeXT squeezes where it cuts below. */
    private static final int CONVNEXT_SQUEEZES = 384;

    public Preprocessing {
        crops = List.copyOf(crops);
    }

    /** In pixels. */
    public record Size(int height, int width) {}

    /** Of all images behind it; empty where theirs depend on what they were. */
    public Optional<Size> size() {
        if (!crops.isEmpty()) {
            return Optional.of(crops.get(crops.size() - 1));
        }
        return resize == null || resize.width() == 0
                ? Optional.empty()
                : Optional.of(new Size(resize.height(), resize.width()));
    }

    /**
     * To a size, or, where the width is 0, to one whose shorter edge is the height.
     *
     * @param longest of the longer edge then, or 0
     */
    record Resize(int height, int width, int longest) {
        Size of(int fromHeight, int fromWidth) {
            if (width > 0) {
                return new Size(height, width);
            }
            boolean upright = fromHeight > fromWidth;
            double shorter = Math.min(fromHeight, fromWidth);
            double longer = Math.max(fromHeight, fromWidth);
            if (longest > 0 && longer / shorter * height > longest) {
                double raw = longest * shorter / longer;
                return size(upright, (int) Math.rint(raw), (long) (raw * longer / shorter));
            }
            return size(upright, height, (long) (height * longer / shorter));
        }

        private static Size size(boolean upright, int shorter, long longer) {
            int edge = (int) Math.min(Integer.MAX_VALUE, longer);
            return upright ? new Size(edge, shorter) : new Size(shorter, edge);
        }
    }

    /**
     * @param folder of the model
     * @param channels as the model's config has it
     * @throws UserError if the file is missing or asks for what isn't there
     */
    public static Preprocessing load(Path folder, int channels) {
        ProcessorConfig config = ProcessorConfig.read(folder);
        if (channels != 1 && channels != 3) {
            throw new UserError(
                    "images are read as 1 channel (grey) or 3 (red, green, blue); the model's num_channels is "
                            + channels);
        }
        boolean resizes = config.flag("do_resize");
        List<Size> crops = new ArrayList<>();
        Resize resize = resizes ? resize(config, crops) : null;
        if (config.flag("do_center_crop")) {
            crops.add(crop(config));
        }
        return new Preprocessing(
                channels,
                config.flag("do_convert_rgb"),
                resize,
                resizes ? resampling(config) : Resampling.NEAREST,
                crops,
                normalization(config, channels));
    }

    /** ConvNeXT's own: a larger image is made and its middle cut out, or the image squeezed. */
    private static Resize resize(ProcessorConfig config, List<Size> crops) {
        Resize resize = resize(config);
        if (!config.processor().equals("ConvNext")) {
            return resize;
        }
        if (resize.width() > 0) {
            throw config.refusal("size", "is a shortest_edge for ConvNextImageProcessor");
        }
        int edge = resize.height();
        if (edge >= CONVNEXT_SQUEEZES) {
            return new Resize(edge, edge, 0);
        }
        crops.add(new Size(edge, edge));
        return new Resize((int) (edge / config.number("crop_pct", 1, 0.1, 10)), 0, 0);
    }

    /** {@code 224}, {@code [224, 224]}, {@code {"height": 224, "width": 224}} or {@code {"shortest_edge": 224}}. */
    private static Resize resize(ProcessorConfig config) {
        JsonNode size = config.value("size");
        if (size.isNumber() && !config.flag("default_to_square")) {
            return new Resize(pixels(config, "size", size), 0, 0);
        }
        if (size.has("shortest_edge")) {
            requireKeys(config, "size", "shortest_edge", "longest_edge");
            int longest = size.has("longest_edge") ? pixels(config, "size", size.path("longest_edge")) : 0;
            return new Resize(pixels(config, "size", size.path("shortest_edge")), 0, longest);
        }
        Size both = size(config, "size");
        return new Resize(both.height(), both.width(), 0);
    }

    private static Size crop(ProcessorConfig config) {
        return size(config, "crop_size");
    }

    private static Size size(ProcessorConfig config, String key) {
        JsonNode size = config.value(key);
        if (size.isObject()) {
            requireKeys(config, key, "height", "width");
            return new Size(pixels(config, key, size.path("height")), pixels(config, key, size.path("width")));
        }
        if (size.isArray() && size.size() == 2) {
            return new Size(pixels(config, key, size.path(0)), pixels(config, key, size.path(1)));
        }
        return new Size(pixels(config, key, size), pixels(config, key, size));
    }

    private static void requireKeys(ProcessorConfig config, String key, String first, String second) {
        TreeSet<String> others = new TreeSet<>();
        config.value(key).fieldNames().forEachRemaining(others::add);
        others.remove(first);
        others.remove(second);
        if (!others.isEmpty()) {
            throw config.refusal(key, "isn't read with " + String.join(" and ", others));
        }
    }

    private static int pixels(ProcessorConfig config, String key, JsonNode value) {
        if (!value.isInt() || value.asInt() <= 0 || value.asInt() > MOST) {
            throw config.refusal(
                    key, "is a number, a height and a width, or a shortest_edge, in pixels, of 1 to " + MOST);
        }
        return value.asInt();
    }

    private static Resampling resampling(ProcessorConfig config) {
        JsonNode number = config.value("resample");
        if (!number.isInt()) {
            throw config.refusal("resample", "is the number of one of Pillow's filters, 0 to 5");
        }
        return Resampling.ofNumber(number.asInt(), config.source());
    }

    private static PixelScale normalization(ProcessorConfig config, int channels) {
        double factor = config.flag("do_rescale") ? config.number("rescale_factor", BYTE, LEAST_VALUE, MOST_VALUE) : 1;
        float[] mean = new float[channels];
        float[] deviation = new float[channels];
        Arrays.fill(deviation, 1);
        return config.flag("do_normalize")
                ? new PixelScale(
                        factor,
                        config.perChannel("image_mean", channels, -MOST_VALUE, MOST_VALUE),
                        config.perChannel("image_std", channels, LEAST_VALUE, MOST_VALUE))
                : new PixelScale(factor, mean, deviation);
    }

    /**
     * Decodes an image and makes of it what the model takes, still in bytes.
     *
     * @throws IOException if it can't be decoded or would become too large; the message says why
     */
    PixelImage read(byte[] encoded) throws IOException {
        Picture decoded = PictureDecoder.decode(encoded);
        Picture picture = onWhite ? decoded.onWhite() : decoded;
        return apply(PixelImage.of(picture, channels));
    }

    PixelImage apply(PixelImage image) throws IOException {
        PixelImage result = image;
        if (resize != null) {
            Size size = resize.of(image.height(), image.width());
            if (size.height() < 1 || size.width() < 1 || (long) size.height() * size.width() > MOST_PIXELS) {
                throw new IOException("its " + image.width() + " × " + image.height() + " pixels would become "
                        + size.width() + " × " + size.height());
            }
            result = resampling.resize(image, size.height(), size.width());
        }
        for (Size crop : crops) {
            int top = Math.floorDiv(result.height() - crop.height(), 2);
            int left = Math.floorDiv(result.width() - crop.width(), 2);
            result = result.crop(top, left, crop.height(), crop.width());
        }
        return result;
    }
}
