package ffmerge.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Copies float32 values straight into and out of libtorch's memory, in slices, so that arrays may exceed 2 GB. An array may
 * hold them in less precision; DJL knows no bfloat16, so such arrays are made and read by {@link Kernels} alone.
 */
public final class ArrayMemory {
    /** Elements at a time: 1 GiB of float32, which one ByteBuffer holds with ease. */
    private static final long SLICE = 1L << 28;

    /** Gives an array's values, {@code into.remaining()} of them from an element on. */
    @FunctionalInterface
    public interface Source {
        void read(long from, FloatBuffer into);
    }

    private ArrayMemory() {}

    /** A new array of these values, which are copied once if the manager's device is the CPU. */
    public static NDArray create(NDManager manager, Shape shape, Precision precision, Source source) {
        NDArray array = precision == Precision.FLOAT32
                ? manager.create(shape, DataType.FLOAT32)
                : empty(manager, shape, precision);
        fill(array, precision == Precision.FLOAT32, source);
        return array;
    }

    /** A new array of these values. */
    public static NDArray create(NDManager manager, Shape shape, Precision precision, float[] values) {
        return create(
                manager, shape, precision, (from, into) -> into.put(values, Math.toIntExact(from), into.remaining()));
    }

    /** A new array of these values, which its type holds exactly: float32, or whole numbers of 8 bits. */
    public static NDArray create(NDManager manager, Shape shape, DataType type, Source source) {
        NDArray array = manager.create(shape, type);
        fill(array, type == DataType.FLOAT32, source);
        return array;
    }

    private static NDArray empty(NDManager manager, Shape shape, Precision precision) {
        try (NDArray like = manager.create(0f)) {
            // as with a gradient: beside adapters, frozen weights stand in graphs
            return Kernels.run(manager, true, "empty", shape.getShape(), precision.code(), like);
        }
    }

    /** A copy on the manager's device. */
    public static NDArray copy(NDArray array, Precision precision, NDManager manager) {
        try (NDArray like = manager.create(0f)) {
            // as with a gradient: what is made without one can't be trained
            return Kernels.run(manager, true, "copied", array, precision.code(), like);
        }
    }

    /** Overwrites a float32 array's values in place. */
    public static void fill(NDArray array, Source source) {
        fill(array, true, source);
    }

    private static void fill(NDArray array, boolean float32, Source source) {
        try (NDManager scope = array.getManager().newSubManager()) {
            NDArray flat = array.reshape(array.size()); // a view
            flat.attach(scope);
            for (long from = 0; from < array.size(); from += SLICE) {
                NDArray slice = slice(flat, from, Math.min(array.size(), from + SLICE), scope);
                if (float32 && slice.getDevice().equals(Device.cpu())) {
                    source.read(from, memory(slice));
                } else {
                    try (NDManager cpu = scope.newSubManager(Device.cpu())) {
                        NDArray staged = cpu.create(slice.getShape(), DataType.FLOAT32);
                        source.read(from, memory(staged));
                        Kernels.execute("assign", slice, staged);
                    }
                }
            }
        }
    }

    /** Copies {@code into.remaining()} values from an element on. */
    public static void copyOut(NDArray array, long from, FloatBuffer into) {
        try (NDManager scope = array.getManager().newSubManager()) {
            NDArray flat = array.reshape(array.size());
            flat.attach(scope);
            NDArray slice = slice(flat, from, from + into.remaining(), scope);
            NDArray onCpu = Kernels.run(scope, false, "float32", slice).toDevice(Device.cpu(), false);
            onCpu.attach(scope);
            into.put(memory(onCpu).limit(into.remaining()));
        }
    }

    private static NDArray slice(NDArray flat, long from, long to, NDManager scope) {
        NDArray slice = flat.get(new NDIndex(from + ":" + to));
        slice.attach(scope);
        return slice;
    }

    /** The array's own memory: valid only while the array is open. */
    private static FloatBuffer memory(NDArray array) {
        return ((PtNDArray) array)
                .toByteBuffer(true)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
