package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.torch.Kernels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A linear map, {@code [in] → [out]}: its weight, its bias if it has one, its adapter if it carries one. */
final class Linear implements KernelArgument {
    /** Where another map does this one's work too. */
    static final Linear NONE = new Linear(null, Map.of(), Map.of());

    /** What maps consist of that can be joined. */
    private static final Set<Set<String>> JOINABLE = Set.of(Set.of("weight"), Set.of("weight", "bias"));

    private final Weight weight;
    private final Map<String, NDArray> inference;
    private final Map<String, NDArray> training;

    private Linear(Weight weight, Map<String, NDArray> inference, Map<String, NDArray> training) {
        this.weight = weight;
        this.inference = inference;
        this.training = training;
    }

    /** A map without an adapter. */
    static Linear of(Weight weight, Optional<NDArray> bias) {
        return of(weight, bias, Optional.empty(), Adapters.NONE, "");
    }

    /**
     * @param factor what each of its outputs is multiplied by, if it is
     * @param module the map's name, by which it has an adapter
     */
    static Linear of(
            Weight weight, Optional<NDArray> bias, Optional<NDArray> factor, Adapters adapters, String module) {
        Map<String, NDArray> parts = new LinkedHashMap<>(weight.parts());
        bias.ifPresent(array -> parts.put("bias", array));
        factor.ifPresent(array -> parts.put("factor", array));
        adapters.of(module).ifPresent(adapter -> {
            parts.put("lora_A", adapter.a());
            parts.put("lora_B", adapter.b());
            parts.put("scale", adapters.scale());
        });
        Map<String, NDArray> training = new LinkedHashMap<>(parts);
        adapters.dropout(module).ifPresent(dropout -> training.put("dropout", dropout));
        return new Linear(weight, parts, training);
    }

    /**
     * One map that does the work of several with the same input, for decoding: a copy of their weights, one behind the
     * other, held as {@link #turned}.
     *
     * @return the maps as they are where one of them is more than a float weight [out, in] and a bias, or only some have one
     */
    static List<Linear> joined(List<Linear> maps, NDManager manager) {
        Set<String> consist = maps.get(0).inference.keySet();
        if (!JOINABLE.contains(consist)
                || !maps.stream().allMatch(m -> m.inference.keySet().equals(consist))) {
            return maps;
        }
        Map<String, NDArray> parts = new LinkedHashMap<>();
        for (String part : consist) {
            List<NDArray> arrays = maps.stream().map(m -> m.inference.get(part)).toList();
            if (part.equals("weight")) {
                parts.put("turned", Kernels.run(manager, false, "joined_turned", arrays));
            } else {
                parts.put(part, Kernels.run(manager, false, "joined", arrays));
            }
        }
        Linear whole = new Linear(maps.get(0).weight, parts, parts);
        return maps.stream().map(m -> m == maps.get(0) ? whole : NONE).toList();
    }

    /** The same with a copy of its weight, [in, out], as a processor multiplies few rows faster; as it is where it has more. */
    Linear turned(NDManager manager) {
        return joined(List.of(this), manager).get(0);
    }

    /**
     * The same as a head, whose scores are limited softly.
     *
     * @param cap what no score exceeds: scores are cap · tanh(score / cap)
     */
    Linear capped(double cap, NDManager manager) {
        return with("cap", manager.newSubManager(Device.cpu()).create(cap)); // where reading it waits for no GPU
    }

    /** The same as a head behind another map, {@code [in] → [width of this one's]}, which has no bias. */
    Linear behind(NDArray before) {
        return with("before", before);
    }

    private Linear with(String name, NDArray part) {
        Map<String, NDArray> parts = new LinkedHashMap<>(inference);
        parts.put(name, part);
        Map<String, NDArray> inTraining = new LinkedHashMap<>(training);
        inTraining.put(name, part);
        return new Linear(weight, parts, inTraining);
    }

    @Override
    public Map<String, NDArray> parts(boolean dropout) {
        return dropout ? training : inference;
    }

    /** How wide what comes out is. */
    int outputs() {
        return Math.toIntExact(weight.outputs());
    }

    /** Whether it does something else, or in another type, than its weight says. */
    boolean isFoldable() {
        return !weight.isPlain() || inference.containsKey("lora_A") || inference.containsKey("factor");
    }

    /**
     * The float32 weight of a map that does what this one and its adapter do.
     *
     * @param inputs how wide what goes in is
     * @param inputsFirst whether it is to be [in, out]
     */
    NDArray folded(long inputs, boolean inputsFirst, NDManager manager) {
        return Kernels.run(manager, true, "folded", inference, inputs, inputsFirst);
    }
}
