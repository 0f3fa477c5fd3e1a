package ffmerge.data;

import java.util.Arrays;

/**
 * From a pixel's unsigned byte to what a model reads: {@code (pixel · factor − mean) / deviation}.
 *
 * @param mean one a channel
 * @param deviation one a channel
 */
public record PixelScale(double factor, float[] mean, float[] deviation) {
    /** From 0 … 255 to −1 … 1, as ViT was trained. */
    public static PixelScale ofHalves(int channels) {
        float[] halves = new float[channels];
        Arrays.fill(halves, 0.5f);
        return new PixelScale(1 / 255.0, halves, halves);
    }
}
