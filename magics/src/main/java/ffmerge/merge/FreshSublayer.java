package ffmerge.merge;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** What a sublayer holds before anything is learned, as transformers initializes the families. */
public final class FreshSublayer {
    private FreshSublayer() {}

    /** Matrices normal with the config's deviation, biases zero; by role. */
    public static Map<String, float[]> values(
            Architecture architecture, FeedForwardSublayer sublayer, RandomGenerator random) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (FeedForwardTensor tensor : sublayer.tensors()) {
            boolean adds = tensor.role().equals(FeedForwardTensor.DOWN);
            values.put(tensor.role(), values(architecture, sublayer.stack(), tensor.shape(), adds, random));
        }
        return values;
    }

    /** The same of one tensor of an attention sublayer. */
    static float[] values(Architecture architecture, ModelTensor tensor, RandomGenerator random) {
        boolean adds = tensor.role().equals("attention-out");
        return values(architecture, tensor.stack(), tensor.shape(), adds, random);
    }

    /** @param adds whether what comes out is added to the states between layers */
    private static float[] values(
            Architecture architecture, String stack, List<Long> shape, boolean adds, RandomGenerator random) {
        float[] drawn = new float[Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact))];
        if (shape.size() > 1) {
            double deviation = deviation(architecture, stack, adds);
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = (float) (deviation * random.nextGaussian());
            }
        }
        return drawn;
    }

    /** GPT-2 begins with less where a sublayer's output is added, by the root of how many are. */
    private static double deviation(Architecture architecture, String stack, boolean adds) {
        Settings settings = architecture.settings();
        double deviation = settings.number("deviation");
        boolean byDepth = settings.has("outputDeviation") && adds;
        int sums = 2 * architecture.stack(stack).layers();
        return byDepth ? deviation / Math.sqrt(sums) : deviation;
    }
}
