package ffmerge.study;

import ai.djl.Device;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Stack;
import ffmerge.model.Parameters;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForm;
import ffmerge.result.ModelInfo;
import ffmerge.result.ModelInfo.AdapterInfo;
import ffmerge.result.ModelInfo.StackInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/** Models' sizes, as results tell of them. */
public final class ModelInfos {
    private ModelInfos() {}

    public static ModelInfo of(String name, TransformerModel model) {
        Parameters parameters = model.parameters();
        return new ModelInfo(
                name,
                model.architecture().family(),
                parameters.count(),
                parameters.uniqueCount(),
                parameters.bytes(),
                deviceName(model.device()),
                parameters
                        .form()
                        .map(WeightForm::label)
                        .orElseGet(() -> parameters.precision().label()),
                stacks(model.architecture()),
                adapters(parameters));
    }

    /** The info of a model of which only the config is known. */
    public static ModelInfo of(String name, Architecture architecture, long uniqueParameters) {
        return new ModelInfo(
                name,
                architecture.family(),
                architecture.parameters(),
                uniqueParameters,
                uniqueParameters * Float.BYTES,
                ModelInfo.NOWHERE,
                "float32",
                stacks(architecture));
    }

    /** Where a model lies and in what its weights are held: {@code cpu float32}. */
    public static String place(TransformerModel model) {
        ModelInfo info = of("", model);
        return info.device() + " " + info.dtype();
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

    private static AdapterInfo adapters(Parameters parameters) {
        return parameters
                .adapterSettings()
                .map(s -> new AdapterInfo(
                        s.sharing().label(), s.rank(), s.alpha(), s.dropout(), s.targets(), parameters.learnedCount()))
                .orElse(null);
    }
}
