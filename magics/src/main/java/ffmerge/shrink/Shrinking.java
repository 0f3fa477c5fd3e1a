package ffmerge.shrink;

import ffmerge.Progress;
import ffmerge.align.Calibration;
import ffmerge.architecture.Branch;
import ffmerge.model.TransformerModel;
import ffmerge.result.Removed;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import ffmerge.workload.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A model made smaller, and the account of it.
 *
 * @param model the new model, the caller's to close
 * @param step what was done, with the data that it was chosen by
 */
public record Shrinking(TransformerModel model, Step step, ShrinkResult result) implements AutoCloseable {
    /** Fields of the result beside which no option of the same name may stand. */
    private static final List<String> OWN_FIELDS = List.of("anchor", "protocol");

    /**
     * Goes a way, with as many activations as is usual where it needs any; {@code model} stays as it is.
     *
     * @throws ffmerge.UserError if the way can't be gone on this model
     */
    public static Shrinking run(TransformerModel model, Shrink way, Workload workload) {
        String name = model.origin().name();
        return way.needs().isEmpty()
                ? run(name, name, model, way)
                : run(name, name, model, way, workload, Calibration.of(workload.usualTokens()), Progress.NONE);
    }

    /** Goes a way that needs no activations. */
    public static Shrinking run(String name, String result, TransformerModel model, Shrink way) {
        return run(name, result, model, way, null, null, Progress.NONE);
    }

    /**
     * Goes a way; {@code model} stays as it is.
     *
     * @param name of the model
     * @param result name of the new one
     * @param workload what the model reads where activations are needed; else it may be null
     * @param calibration how they are recorded
     * @throws ffmerge.UserError if the way can't be gone on this model
     */
    public static Shrinking run(
            String name,
            String result,
            TransformerModel model,
            Shrink way,
            Workload workload,
            Calibration calibration,
            Progress progress) {
        way.requireFits(name, model);
        try (Evidence evidence = Evidence.find(model, way.needs(), workload, calibration, progress)) {
            Shrunk shrunk = frozen(way.apply(model, evidence), way);
            Removed removed = Outline.of(model).removed(Outline.of(shrunk.model()));
            Step step = way.step().with(evidence.source()).removing(removed);
            Map<String, Object> options = new LinkedHashMap<>(way.told());
            options.putAll(step.options());
            if (!evidence.source().isEmpty()) {
                workload.context().ifPresent(context -> options.put("context", context));
            }
            OWN_FIELDS.forEach(options::remove);
            return new Shrinking(shrunk.model(), step, result(name, result, model, way, step, shrunk, options));
        }
    }

    private static Shrunk frozen(Shrunk shrunk, Shrink way) {
        Set<String> frozen = way.frozen(Outline.of(shrunk.model()));
        if (frozen.isEmpty()) {
            return shrunk;
        }
        try (TransformerModel made = shrunk.model()) {
            return new Shrunk(made.freezing(frozen), shrunk.alignments());
        }
    }

    /** Closes the new model. */
    @Override
    public void close() {
        model.close();
    }

    private static ShrinkResult result(
            String name,
            String result,
            TransformerModel before,
            Shrink way,
            Step step,
            Shrunk shrunk,
            Map<String, Object> options) {
        List<ShrinkResult.Group> groups = way.groups();
        Outline after = Outline.of(shrunk.model());
        return new ShrinkResult(
                name,
                result,
                step.method(),
                layers(step),
                groups,
                text(step, "anchor"),
                groups.isEmpty() ? null : step.method(),
                shrunk.matchedCorrelation(),
                before.parameters().uniqueCount(),
                shrunk.model().parameters().uniqueCount(),
                text(step, "protocol"),
                step.way(),
                before.parameters().bytes(),
                shrunk.model().parameters().bytes(),
                after.sharing(Branch.FEED_FORWARD),
                after.sharing(Branch.ATTENTION),
                way.summary(name, Outline.of(before)),
                way.changes(),
                options);
    }

    private static String text(Step step, String option) {
        Object value = step.options().get(option);
        return value == null ? null : value.toString();
    }

    private static Map<String, List<Integer>> layers(Step step) {
        Map<String, List<Integer>> layers = new LinkedHashMap<>();
        for (Step.Group group : step.groups()) {
            layers.merge(
                    group.stack(),
                    group.layers(),
                    (a, b) -> Stream.concat(a.stream(), b.stream()).sorted().toList());
        }
        return layers;
    }
}
