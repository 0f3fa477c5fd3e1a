package ffmerge.merge;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/** What an FF sublayer holds before anything is learned, as transformers initializes the families. */
public final class FreshSublayer {
    private FreshSublayer() {}

    /** Matrices normal with the config's deviation, biases zero; by role. */
    public static Map<String, float[]> values(
            Architecture architecture, FeedForwardSublayer sublayer, RandomGenerator random) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (FeedForwardTensor tensor : sublayer.tensors()) {
            long elements = tensor.shape().stream().reduce(1L, Math::multiplyExact);
            float[] drawn = new float[Math.toIntExact(elements)];
            if (tensor.shape().size() > 1) {
                double deviation = deviation(architecture, sublayer, tensor.role());
                for (int i = 0; i < drawn.length; i++) {
                    drawn[i] = (float) (deviation * random.nextGaussian());
                }
            }
            values.put(tensor.role(), drawn);
        }
        return values;
    }

    /** GPT-2 begins with less where a sublayer's output is added, by the root of how many are. */
    private static double deviation(Architecture architecture, FeedForwardSublayer sublayer, String role) {
        Settings settings = architecture.settings();
        double deviation = settings.number("deviation");
        boolean byDepth = settings.has("outputDeviation") && role.equals(FeedForwardTensor.DOWN);
        int sums = 2 * architecture.stack(sublayer.stack()).layers();
        return byDepth ? deviation / Math.sqrt(sums) : deviation;
    }
}
