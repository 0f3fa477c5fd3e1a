package ffmerge.magic.command;

import ai.djl.Device;
import ffmerge.UserError;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import ffmerge.tune.Execution;
import java.util.ArrayList;
import java.util.List;

/** How {@code tune} computes its steps, as its options say. */
final class ExecutionOptions {
    static final Option<Precision> PRECISION = Option.choice(
                    "precision",
                    "of matrix products; weights and what is summed up stay float32",
                    Precision::label,
                    List.of(Precision.values()))
            .dependsOn("float32, on a GPU bfloat16");
    static final Option<Boolean> RECOMPUTE =
            Option.flag("recompute", "run layers twice instead of keeping what they computed: less memory, more time");
    static final Option<List<String>> DEVICES = Option.repeatableItems(
                    "devices", "DEVICE,DEVICE", "as gpu:0,gpu:1: each has the model and takes a share of a batch")
            .dependsOn("the model's own");

    /** What a kernel and a Jupyter server hold beside a step. */
    private static final long BESIDE = 500_000_000;
    /** Of the rest: others want some, and files that are read again are kept there. */
    private static final double USABLE = 0.6;

    private ExecutionOptions() {}

    /** Whether a step that takes so many bytes leaves a machine of so many enough for all else. */
    static boolean fits(long step, long machine) {
        return step <= USABLE * (machine - BESIDE);
    }

    static Execution of(Arguments arguments, TransformerModel model, Host host) {
        boolean gpu = model.device().isGpu();
        if (gpu && !arguments.has(PRECISION)) {
            host.notice(
                    "Products are done in bfloat16 on a GPU, weights stay float32; --precision float32 does all in it");
        }
        Precision fallback = gpu ? Precision.BFLOAT16 : Precision.FLOAT32;
        return new Execution(
                arguments.get(PRECISION, fallback), arguments.get(RECOMPUTE), replicas(arguments, model.device()));
    }

    /** The devices beside the model's own. */
    private static List<Device> replicas(Arguments arguments, Device own) {
        String ownName = own.isGpu() ? "gpu:" + own.getDeviceId() : "cpu";
        List<String> names = arguments.get(DEVICES, List.of(ownName));
        if (!arguments.has(DEVICES)) {
            return List.of();
        }
        List<Device> devices = new ArrayList<>();
        names.forEach(name -> devices.add(Torch.device(name)));
        if (!devices.remove(own)) {
            throw new UserError("the model is on " + ownName + ", which --devices " + String.join(",", names)
                    + " leaves out: load it with --device " + names.get(0) + ", or begin with " + ownName);
        }
        return devices;
    }
}
