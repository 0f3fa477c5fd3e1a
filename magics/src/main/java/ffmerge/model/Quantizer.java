package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import java.util.Set;

/** Puts the weights of linear maps into NF4. */
final class Quantizer {
    private final Set<ModelTensor> chosen;
    private final NDManager manager;
    private Nf4.Tables tables;

    Quantizer(Architecture architecture, NDManager manager) {
        this.chosen = Set.copyOf(architecture.linearWeights());
        this.manager = manager;
    }

    boolean takes(ModelTensor tensor) {
        return chosen.contains(tensor);
    }

    /** @param values closed when they are quantized */
    Weight quantized(ModelTensor tensor, NDArray values) {
        if (tables == null) {
            tables = Nf4.Tables.create(manager);
        }
        try (values) {
            return Nf4.of(values, tensor.inputsFirst(), tables, manager);
        }
    }
}
