package ffmerge.tune;

import ai.djl.ndarray.NDArray;
import ffmerge.data.Batch;
import ffmerge.model.TransformerModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The loss of batches, and what a model's parameters collect for it, by their names. */
final class CollectedGradients {
    /** The index of the first batch, from which dropout is seeded. */
    private static final int FIRST = 3;

    private CollectedGradients() {}

    static Map<String, float[]> of(
            TransformerModel model,
            List<? extends Batch> batches,
            TuneSettings settings,
            Execution execution,
            Optional<Distillation> distillation) {
        Map<String, NDArray> learned = model.parameters().learned();
        learned.values().forEach(array -> array.setRequiresGradient(true));
        Map<String, float[]> found = new LinkedHashMap<>();
        try (Replicas replicas = new Replicas(model, settings, execution, distillation)) {
            found.put("loss", new float[] {(float) replicas.backward(List.copyOf(batches), FIRST, 1)});
            try (Gradients gradients = Gradients.of(learned)) {
                int i = 0;
                for (String name : learned.keySet()) {
                    found.put(name, gradients.arrays().get(i++).toFloatArray());
                }
                gradients.forget();
            }
        }
        return found;
    }
}
