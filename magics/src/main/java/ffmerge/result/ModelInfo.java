package ffmerge.result;

import ai.djl.Device;
import com.fasterxml.jackson.annotation.JsonInclude;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Stack;
import ffmerge.model.TransformerModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's size.
 *
 * @param parameters counted once a place
 * @param uniqueParameters held in memory, a tied one once
 * @param bytes of native memory; of a model that isn't loaded, what it would take
 * @param dtype in which its matrices are held and multiplied; {@link #NF4} where linear maps are held in that
 * @param adapters null for a model without
 */
public record ModelInfo(
        String name,
        String architecture,
        long parameters,
        long uniqueParameters,
        long bytes,
        String device,
        String dtype,
        Map<String, StackInfo> stacks,
        @JsonInclude(JsonInclude.Include.NON_NULL) AdapterInfo adapters) {
    /** Of models whose linear maps are held in 4 bits a value. */
    public static final String NF4 = "nf4";

    /** @param feedForwardWidth units of an FF sublayer */
    public record StackInfo(int layers, int feedForwardWidth) {}

    /**
     * Adapters that a model carries.
     *
     * @param sharing {@code shared} or {@code per-layer}
     * @param parameters that training changes
     */
    public record AdapterInfo(
            String sharing, int rank, double alpha, double dropout, List<String> targets, long parameters) {
        private static AdapterInfo of(TransformerModel model) {
            return model.parameters()
                    .adapterSettings()
                    .map(s -> new AdapterInfo(
                            s.sharing().label(),
                            s.rank(),
                            s.alpha(),
                            s.dropout(),
                            s.targets(),
                            model.parameters().learnedCount()))
                    .orElse(null);
        }
    }

    /** The info of a model without adapters. */
    public ModelInfo(
            String name,
            String architecture,
            long parameters,
            long uniqueParameters,
            long bytes,
            String device,
            String dtype,
            Map<String, StackInfo> stacks) {
        this(name, architecture, parameters, uniqueParameters, bytes, device, dtype, stacks, null);
    }

    public static ModelInfo of(String name, TransformerModel model) {
        return new ModelInfo(
                name,
                model.architecture().family(),
                model.parameters().count(),
                model.parameters().uniqueCount(),
                model.parameters().bytes(),
                deviceName(model.device()),
                model.parameters().isQuantized()
                        ? NF4
                        : model.parameters().precision().label(),
                stacks(model.architecture()),
                AdapterInfo.of(model));
    }

    /** The info of a model of which only the config is known. */
    public static ModelInfo of(String name, Architecture architecture, long uniqueParameters) {
        return new ModelInfo(
                name,
                architecture.family(),
                architecture.parameters(),
                uniqueParameters,
                uniqueParameters * Float.BYTES,
                "none",
                "float32",
                stacks(architecture));
    }

    /** {@code cpu} or {@code gpu:0}, as {@code --device} names it. */
    private static String deviceName(Device device) {
        return device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu";
    }

    private static Map<String, StackInfo> stacks(Architecture architecture) {
        Map<String, StackInfo> stacks = new LinkedHashMap<>();
        for (Stack stack : architecture.stacks()) {
            stacks.put(stack.name(), new StackInfo(stack.layers(), stack.feedForwardWidth()));
        }
        return stacks;
    }
}
