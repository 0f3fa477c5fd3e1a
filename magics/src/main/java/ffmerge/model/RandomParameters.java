package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.FreshDeviation;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Settings;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Precision;
import ffmerge.torch.RandomArrays;
import ffmerge.torch.Torch;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a model's parameters are before anything is learned. */
final class RandomParameters {
    private static final double WAVELENGTHS = 10000;

    private RandomParameters() {}

    /**
     * Random weights of an architecture's shapes: matrices normal with the family's deviation, gains one, biases zero.
     */
    static Parameters of(Architecture architecture, NDManager manager, long seed) {
        Torch.seed(seed);
        boolean fromOne = architecture.settings().text("norm", "").equals(Norm.FROM_ONE);
        Map<String, Weight> weights = new LinkedHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            NDArray array = tensor.kind() == ModelTensor.Kind.LEARNED
                    ? initial(tensor, architecture.settings(), fromOne, manager)
                    : computed(tensor, manager);
            weights.put(tensor.name(), new FloatWeight(array, Precision.FLOAT32, tensor.inputsFirst()));
        }
        return new Parameters(weights, Adapters.NONE, architecture, Precision.FLOAT32);
    }

    /** @param fromOne whether what norms learn is added to one */
    private static NDArray initial(ModelTensor tensor, Settings settings, boolean fromOne, NDManager manager) {
        Shape shape = Parameters.shape(tensor);
        if (shape.dimension() > 1) {
            return RandomArrays.normal((float) FreshDeviation.of(settings, tensor), shape, manager);
        }
        return manager.full(shape, isOne(tensor, fromOne) ? 1 : 0, DataType.FLOAT32);
    }

    private static boolean isOne(ModelTensor tensor, boolean fromOne) {
        return tensor.name().endsWith("weight") && !fromOne || tensor.role().equals(FeedForwardTensor.FACTOR);
    }

    /** What a tensor holds that a file need not have. */
    static NDArray computed(ModelTensor tensor, NDManager manager) {
        return tensor.kind() == ModelTensor.Kind.SINUSOIDS
                ? sinusoids(Parameters.shape(tensor), manager)
                : manager.zeros(Parameters.shape(tensor), DataType.FLOAT32);
    }

    /**
     * Sinusoidal positions, {@code [positions, model]}, as transformers lays them out: sines in the first half of a row,
     * cosines in the second (Marian's own layout, not the interleaved one of the Transformer paper).
     */
    private static NDArray sinusoids(Shape shape, NDManager manager) {
        int positions = Math.toIntExact(shape.get(0));
        int width = Math.toIntExact(shape.get(1));
        int sines = (width + 1) / 2;
        float[] table = new float[positions * width];
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < width; i++) {
                int pair = i < sines ? i : i - sines;
                double angle = position / Math.pow(WAVELENGTHS, 2. * pair / width);
                table[position * width + i] = (float) (i < sines ? Math.sin(angle) : Math.cos(angle));
            }
        }
        return ArrayMemory.create(
                manager,
                shape,
                Precision.FLOAT32,
                (from, into) -> into.put(table, Math.toIntExact(from), into.remaining()));
    }
}
