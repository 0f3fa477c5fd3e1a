package ffmerge.model;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FusedTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.Interleaved;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.Ties;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model's tensors as files of its family hold them: those that stand in one tensor there as that one. It is a tie where
 * all of them are the same ties.
 */
final class JoinedTensors implements Checkpoint {
    private final Checkpoint model;
    private final Map<String, FusedTensor> fused = new HashMap<>();
    private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();
    private final Ties ties;

    private JoinedTensors(Checkpoint model, Architecture architecture) {
        this.model = model;
        Map<String, String> aliases = new LinkedHashMap<>();
        Map<List<String>, String> byParts = new HashMap<>();
        Map<String, FusedTensor> byPart = new HashMap<>();
        architecture.fused().forEach(whole -> whole.parts().forEach(part -> byPart.put(part.name(), whole)));
        for (ModelTensor tensor : architecture.tensors()) {
            FusedTensor whole = byPart.get(tensor.name());
            TensorSpec spec = model.tensors().get(model.ties().keptName(tensor.name()));
            if (spec == null) {
                continue; // what follows from the shapes alone
            }
            if (whole == null) {
                if (spec.name().equals(tensor.name())) {
                    tensors.put(tensor.name(), spec);
                } else {
                    aliases.put(tensor.name(), spec.name());
                }
            } else if (fused.putIfAbsent(whole.name(), whole) == null) {
                String kept = byParts.putIfAbsent(kept(whole, model), whole.name());
                if (kept == null) {
                    tensors.put(whole.name(), new TensorSpec(whole.name(), spec.dtype(), whole.shape()));
                } else {
                    aliases.put(whole.name(), kept);
                }
            }
        }
        this.ties = new Ties(aliases);
    }

    /** @return the model's own tensors where the family has no such ones */
    static Checkpoint over(Checkpoint model, Architecture architecture) {
        return architecture.fused().isEmpty() ? model : new JoinedTensors(model, architecture);
    }

    /** The tensors that a whole consists of, by the first of their names. */
    private static List<String> kept(FusedTensor whole, Checkpoint model) {
        return whole.parts().stream()
                .map(part -> model.ties().keptName(part.name()))
                .toList();
    }

    /** The first of the family's tensors of which only a part is shared with another: files can't say that. */
    static Optional<String> torn(Checkpoint model, Architecture architecture) {
        Map<String, List<String>> together = new HashMap<>();
        for (FusedTensor whole : architecture.fused()) {
            List<String> kept = kept(whole, model);
            for (String part : kept) {
                if (!together.computeIfAbsent(part, p -> kept).equals(kept)) {
                    return Optional.of(whole.name());
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public String source() {
        return model.source();
    }

    @Override
    public Map<String, TensorSpec> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Ties ties() {
        return ties;
    }

    @Override
    public void read(String name, long from, FloatBuffer into) {
        FusedTensor whole = fused.get(name);
        if (whole == null) {
            model.read(name, from, into);
            return;
        }
        Interleaved.read(
                from,
                into,
                whole.layout()::ofWhole,
                (run, some) -> model.read(whole.parts().get(run.part()).name(), run.inPart(), some));
    }

    @Override
    public Set<String> parts() {
        return model.parts();
    }

    @Override
    public void close() {
        model.close();
    }
}
