package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.torch.Kernels;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A linear map of a layer, {@code [in] → [out]}: its weight as it is or in NF4, its bias if it has one, its adapter if it
 * carries one. Kernels take it as arrays by name.
 */
final class Linear {
    private final int outputs;
    private final Map<String, NDArray> inference;
    private final Map<String, NDArray> training;

    private Linear(int outputs, Map<String, NDArray> inference, Map<String, NDArray> training) {
        this.outputs = outputs;
        this.inference = inference;
        this.training = training;
    }

    /** @param name of the map, {@code model.layers.0.mlp.up_proj} */
    static Linear of(Parameters p, String name) {
        String weight = name + ".weight";
        Map<String, NDArray> parts = new LinkedHashMap<>();
        p.nf4(weight).ifPresentOrElse(nf4 -> parts.putAll(nf4.parts()), () -> parts.put("weight", p.get(weight)));
        p.present(name + ".bias").forEach(bias -> parts.put("bias", bias));
        p.adapters().of(name).ifPresent(adapter -> {
            parts.put("lora_A", adapter.a());
            parts.put("lora_B", adapter.b());
            parts.put("scale", p.adapters().scale());
        });
        Map<String, NDArray> training = new LinkedHashMap<>(parts);
        p.adapters().dropout(name).ifPresent(dropout -> training.put("dropout", dropout));
        return new Linear(p.rows(weight), parts, training);
    }

    /** How wide what comes out is. */
    int outputs() {
        return outputs;
    }

    /** @param dropout whether an adapter's dropout is on */
    Map<String, NDArray> parts(boolean dropout) {
        return dropout ? training : inference;
    }

    /** Whether it does something else, or in another type, than its weight says. */
    boolean isFoldable() {
        return !inference.containsKey("weight") || inference.containsKey("lora_A");
    }

    /**
     * The float32 weight of a map that does what this one and its adapter do.
     *
     * @param inputs how wide what goes in is
     */
    NDArray folded(long inputs, NDManager manager) {
        return Kernels.run(manager, true, "folded", inference, inputs);
    }
}
