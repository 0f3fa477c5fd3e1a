package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import java.util.Set;

/** Puts the weights of linear maps into another form. */
final class Quantizer {
    private final Set<ModelTensor> chosen;
    private final WeightForm.Packing packing;

    Quantizer(WeightForm form, Architecture architecture, NDManager manager) {
        this.chosen = Set.copyOf(architecture.linearWeights());
        this.packing = form.packing(manager);
    }

    boolean takes(ModelTensor tensor) {
        return chosen.contains(tensor);
    }

    /** @param values closed when they are quantized */
    Weight quantized(ModelTensor tensor, NDArray values) {
        try (values) {
            return packing.rounded(values, tensor.inputsFirst());
        }
    }
}
