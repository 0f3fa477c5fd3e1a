package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A norm over the last axis: its kind and what it has learned. {@link #NONE} where a family has none. */
final class Norm implements KernelArgument {
    static final Norm NONE = new Norm(Map.of());
    /** The kind of norm whose gain is one more than what it has learned. */
    static final String FROM_ONE = "rms-from-one";

    private final Map<String, NDArray> parts;

    private Norm(Map<String, NDArray> parts) {
        this.parts = parts;
    }

    /**
     * What the norms of a model have in common.
     *
     * @param name {@code layer}, {@code rms} or {@code rms-from-one}, whose gain is one more than what it has learned
     * @param epsilon added to the variance; a float64 scalar on the CPU, where reading it waits for no GPU
     */
    record Kind(String name, NDArray epsilon) {
        static Kind of(String name, Settings settings, NDManager manager) {
            NDManager cpu = manager.newSubManager(Device.cpu());
            return new Kind(name, cpu.create(settings.number("epsilon", 0, 1)));
        }
    }

    /**
     * @param weight the gain, {@code [width]}, if it has learned one
     * @param bias {@code [width]}, if it has learned one
     */
    static Norm of(Kind kind, Optional<NDArray> weight, Optional<NDArray> bias) {
        Map<String, NDArray> parts = new LinkedHashMap<>();
        parts.put(kind.name.equals(FROM_ONE) ? "rms" : kind.name, kind.epsilon);
        if (kind.name.equals(FROM_ONE)) {
            parts.put(FROM_ONE, kind.epsilon); // it is looked for, not looked at
        }
        weight.ifPresent(array -> parts.put("weight", array));
        bias.ifPresent(array -> parts.put("bias", array));
        return new Norm(parts);
    }

    /** Norms over several rows, one each: {@code gain-0}, {@code gain-1}, …, {@code [width]}. */
    static Norm ofEach(Kind kind, List<NDArray> gains) {
        Map<String, NDArray> parts = new LinkedHashMap<>();
        parts.put(kind.name, kind.epsilon);
        for (int row = 0; row < gains.size(); row++) {
            parts.put("gain-" + row, gains.get(row));
        }
        return new Norm(parts);
    }

    @Override
    public Map<String, NDArray> parts(boolean training) {
        return parts;
    }
}
