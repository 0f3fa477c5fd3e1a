package ffmerge.model;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.Ties;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A file of weights whose ties stand in the config beside it, as Python writes it: there the file itself says nothing of them. */
final class StatedTies implements Checkpoint {
    private final Checkpoint file;
    private final Ties ties;

    private StatedTies(Checkpoint file, Ties ties) {
        this.file = file;
        this.ties = ties;
    }

    /**
     * @return the file itself where the config says nothing of ties
     * @throws UserError if the file holds no tensor for places that share one
     */
    static Checkpoint over(Checkpoint file, ModelConfig config, Architecture architecture) {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        config.statedTies()
                .forEach((alias, kept) -> groups.computeIfAbsent(kept, k -> new ArrayList<>(List.of(k)))
                        .add(alias));
        if (groups.isEmpty()) {
            return file;
        }
        Map<String, List<String>> spellings = new LinkedHashMap<>();
        architecture.tensors().forEach(t -> t.spellings().forEach(s -> spellings.put(s, t.spellings())));
        architecture.fused().forEach(t -> t.spellings().forEach(s -> spellings.put(s, t.spellings())));
        Map<String, String> ties = new LinkedHashMap<>(file.ties().keptByAlias());
        Set<String> stored = file.tensors().keySet();
        groups.forEach((kept, names) -> {
            List<List<String>> places = names.stream()
                    .map(name -> spellings.getOrDefault(name, List.of(name)))
                    .toList();
            String held = places.stream()
                    .flatMap(List::stream)
                    .filter(stored::contains)
                    .findFirst()
                    .orElseThrow(() -> new UserError(file.source() + " lacks the tensor '" + kept
                            + "', which config.json says is that of " + (names.size() - 1)
                            + (names.size() == 2 ? " other place" : " other places")
                            + " too; get the whole folder, or save the model anew"));
            for (List<String> place : places) {
                if (place.stream().noneMatch(stored::contains)) {
                    place.forEach(spelling -> ties.put(spelling, held));
                }
            }
        });
        return new StatedTies(file, new Ties(ties));
    }

    @Override
    public String source() {
        return file.source();
    }

    @Override
    public Map<String, TensorSpec> tensors() {
        return file.tensors();
    }

    @Override
    public Ties ties() {
        return ties;
    }

    @Override
    public void read(String name, long from, FloatBuffer into) {
        file.read(ties.keptName(name), from, into);
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
    public void close() {
        file.close();
    }
}
