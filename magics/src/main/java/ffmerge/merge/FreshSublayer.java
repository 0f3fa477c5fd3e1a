package ffmerge.merge;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.FreshDeviation;
import ffmerge.architecture.ModelTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** What a sublayer holds before anything is learned, as transformers initializes the families. */
public final class FreshSublayer {
    private FreshSublayer() {}

    /** Matrices normal with the deviation that the family draws them with, biases zero; by role. */
    public static Map<String, float[]> values(
            Architecture architecture, FeedForwardSublayer sublayer, RandomGenerator random) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (FeedForwardTensor tensor : sublayer.tensors()) {
            boolean adds = tensor.role().equals(FeedForwardTensor.DOWN);
            long inputs =
                    tensor.shape().get(tensor.inputsFirst() ? 0 : tensor.shape().size() - 1);
            double deviation = FreshDeviation.of(architecture.settings(), tensor.role(), true, inputs);
            values.put(tensor.role(), values(architecture, sublayer.stack(), tensor.shape(), adds, deviation, random));
        }
        return values;
    }

    /** The same of one tensor of an attention sublayer. */
    static float[] values(Architecture architecture, ModelTensor tensor, RandomGenerator random) {
        boolean adds = tensor.role().equals("attention-out");
        double deviation = tensor.shape().size() > 1 ? FreshDeviation.of(architecture.settings(), tensor) : 0;
        return values(architecture, tensor.stack(), tensor.shape(), adds, deviation, random);
    }

    /** @param adds whether what comes out is added to the states between layers */
    private static float[] values(
            Architecture architecture,
            String stack,
            List<Long> shape,
            boolean adds,
            double deviation,
            RandomGenerator random) {
        float[] drawn = new float[Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact))];
        if (shape.size() > 1) {
            double own = adds ? ofOutput(architecture, stack, deviation) : deviation;
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = (float) (own * random.nextGaussian());
            }
        }
        return drawn;
    }

    /** GPT-2 begins with less where a sublayer's output is added, by the root of how many are. */
    private static double ofOutput(Architecture architecture, String stack, double deviation) {
        int sums = 2 * architecture.stack(stack).layers();
        return architecture.settings().has("outputDeviation") ? deviation / Math.sqrt(sums) : deviation;
    }
}
