package ffmerge.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.function.Function;

/** Random float32 arrays. They are drawn on the CPU, so that a seed gives the same ones wherever they are used. */
public final class RandomArrays {
    private RandomArrays() {}

    /** Normal, around zero. */
    public static NDArray normal(float deviation, Shape shape, NDManager manager) {
        return drawn(manager, cpu -> cpu.randomNormal(0, deviation, shape, DataType.FLOAT32));
    }

    /** Uniform between {@code -bound} and {@code bound}. */
    public static NDArray uniform(float bound, Shape shape, NDManager manager) {
        return drawn(manager, cpu -> cpu.randomUniform(-bound, bound, shape, DataType.FLOAT32));
    }

    private static NDArray drawn(NDManager manager, Function<NDManager, NDArray> draw) {
        if (manager.getDevice().equals(Device.cpu())) {
            return draw.apply(manager);
        }
        try (NDManager cpu = manager.newSubManager(Device.cpu())) {
            return ArrayMemory.copy(draw.apply(cpu), Precision.FLOAT32, manager);
        }
    }
}
