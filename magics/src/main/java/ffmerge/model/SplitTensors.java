package ffmerge.model;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FusedTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.Interleaved;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.Ties;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A file in which one tensor holds several of the model's, seen as if it held these. They are read from where they stand in
 * it, block by block, so that the whole is never in memory.
 */
final class SplitTensors implements Checkpoint {
    private final Checkpoint file;
    private final Map<String, TensorSpec> tensors;
    private final Map<String, Part> parts;
    private final Ties ties;

    /**
     * Where a tensor stands.
     *
     * @param whole the name of the one in the file that holds it
     */
    private record Part(String whole, int index, Interleaved layout) {}

    private SplitTensors(Checkpoint file, Map<String, TensorSpec> tensors, Map<String, Part> parts, Ties ties) {
        this.file = file;
        this.tensors = Collections.unmodifiableMap(tensors);
        this.parts = parts;
        this.ties = ties;
    }

    /**
     * @return the file itself where the family has no such tensors
     * @throws UserError if one of them has another shape than the config asks for
     */
    static Checkpoint over(Checkpoint file, Architecture architecture) {
        if (architecture.fused().isEmpty()) {
            return file;
        }
        Map<String, TensorSpec> tensors = new LinkedHashMap<>(file.tensors());
        Map<String, String> ties = new LinkedHashMap<>(file.ties().keptByAlias());
        Map<String, Part> parts = new HashMap<>();
        for (FusedTensor fused : architecture.fused()) {
            for (int spelling = 0; spelling < fused.spellings().size(); spelling++) {
                String whole = fused.spellings().get(spelling);
                TensorSpec spec = tensors.remove(whole);
                if (spec == null && !ties.containsKey(whole)) {
                    continue;
                }
                if (spec != null && !spec.shape().equals(fused.shape())) {
                    throw new UserError(file.source() + ": tensor '" + whole + "' has the shape "
                            + TensorSpec.describe(spec.shape()) + ", config.json asks for "
                            + TensorSpec.describe(fused.shape()));
                }
                String kept = ties.remove(whole);
                for (int part = 0; part < fused.parts().size(); part++) {
                    String name = fused.parts().get(part).spellings().get(spelling);
                    if (kept == null) {
                        tensors.put(
                                name,
                                new TensorSpec(
                                        name,
                                        spec.dtype(),
                                        fused.parts().get(part).shape()));
                        parts.put(name, new Part(whole, part, fused.layout()));
                    } else {
                        ties.put(name, nameOfPart(architecture, kept, part));
                    }
                }
            }
        }
        return new SplitTensors(file, tensors, parts, new Ties(ties));
    }

    private static String nameOfPart(Architecture architecture, String whole, int part) {
        return architecture.fused().stream()
                .filter(fused -> fused.spellings().contains(whole))
                .findFirst()
                .map(fused -> fused.parts()
                        .get(part)
                        .spellings()
                        .get(fused.spellings().indexOf(whole)))
                .orElse(whole);
    }

    @Override
    public String source() {
        return file.source();
    }

    @Override
    public Map<String, TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public Ties ties() {
        return ties;
    }

    @Override
    public void read(String name, long from, FloatBuffer into) {
        Part part = parts.get(ties.keptName(name));
        if (part == null) {
            file.read(ties.keptName(name), from, into);
            return;
        }
        Interleaved.read(
                from,
                into,
                element -> part.layout.ofPart(part.index, element),
                (run, some) -> file.read(part.whole, run.inWhole(), some));
    }

    @Override
    public void readPart(String name, long from, FloatBuffer into) {
        file.readPart(ties.keptName(name), from, into);
    }

    @Override
    public Set<String> parts() {
        return file.parts();
    }

    @Override
    public Map<String, String> unknownTypes() {
        return file.unknownTypes();
    }

    @Override
    public void requireWeights(String name) {
        Part part = parts.get(ties.keptName(name));
        file.requireWeights(part == null ? name : part.whole);
    }

    @Override
    public void close() {
        file.close();
    }
}
