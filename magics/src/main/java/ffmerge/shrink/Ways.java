package ffmerge.shrink;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.architecture.Branch;
import ffmerge.merge.MergePlan;
import ffmerge.result.Lineage;
import ffmerge.result.Removed;
import ffmerge.result.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The ways to shrink that there are. */
public final class Ways {
    /** Those of this library; a new one is a line here. */
    public static final Ways BUILT_IN = new Ways(List.of(
                    MergeSublayers.onWindows(MergePlan.Alignment.PERMUTE),
                    MergeSublayers.onWindows(MergePlan.Alignment.NONE),
                    MergeSublayers.onWindows(MergePlan.Alignment.RANDOM),
                    DropLayers.ON_WINDOWS,
                    Fold.WAY,
                    Quantize.UNDONE))
            .with(Quantize.ways())
            .with(Prune.ways());

    private final List<Way> all;

    private Ways(List<Way> all) {
        this.all = List.copyOf(all);
    }

    /** These and others. */
    public Ways with(Way... others) {
        return with(List.of(others));
    }

    private Ways with(List<Way> others) {
        List<Way> more = new ArrayList<>(all);
        more.addAll(others);
        return new Ways(more);
    }

    /** The way of this name, if it is known: of several, that which this command goes. */
    private Optional<Way> find(String command, String name) {
        return all.stream()
                .filter(way -> way.name().equals(name))
                .min(Comparator.comparing(way -> !Objects.equals(way.command(), command)));
    }

    private Optional<Way> find(String name) {
        return find(null, name);
    }

    /** How tables and charts call the way of this name; the name itself where it isn't known. */
    public String title(String name) {
        return title(null, name);
    }

    /**
     * The same of one that a command goes.
     *
     * @param command null where it isn't known
     */
    public String title(String command, String name) {
        return find(command, name).map(Way::title).orElse(name);
    }

    /**
     * What a model is that came to be like this: the steps that made it smaller and can be seen in it still. Weights of
     * fewer bits are floats once their adapters are folded; nothing is left of sharing where each place got its own again.
     */
    public List<Step> seenIn(Lineage lineage) {
        List<Step> seen = new ArrayList<>();
        for (Step step : lineage.steps()) {
            if (effect(step) == Way.Effect.FLOATS) {
                seen.removeIf(before -> effect(before) == Way.Effect.BITS);
            } else if (step.isSmaller()) {
                seen.add(step);
            }
        }
        if (isUntied(lineage)) {
            seen.removeIf(step -> step.removed() != null && step.removed().feedForwards() > 0);
        }
        if (isGrownBack(lineage)) {
            seen.removeIf(
                    before -> Branch.ATTENTION.label().equals(before.options().get(DropLayers.SITE.name())));
        }
        return seen;
    }

    /** Whether weights other than those of FF sublayers came back, as many as ever went. */
    private static boolean isGrownBack(Lineage lineage) {
        Removed all = lineage.removed();
        boolean hasGrown = lineage.steps().stream()
                .anyMatch(step -> step.removed() != null && step.removed().parameters() < 0);
        return hasGrown && all.parameters() <= 0 && all.layers() <= 0;
    }

    /** Whether FF sublayers that shared weights have their own again, and none went with its layer. */
    private static boolean isUntied(Lineage lineage) {
        Removed all = lineage.removed();
        boolean hasGrown = lineage.steps().stream()
                .anyMatch(step -> step.removed() != null && step.removed().feedForwards() < 0);
        return hasGrown && all.feedForwards() <= 0 && all.layers() <= 0;
    }

    /** Of a way that isn't known, as of most. */
    private Way.Effect effect(Step step) {
        return find(step.way(), step.isSmaller() ? step.method() : step.way())
                .map(Way::effect)
                .orElse(Way.Effect.SHAPE);
    }

    /** The names of those that take windows. */
    public List<String> onWindows() {
        return all.stream()
                .filter(way -> way.windows().isPresent())
                .map(Way::name)
                .toList();
    }

    /** What can be chosen about those that take windows. */
    public List<Choice<?>> choices() {
        return all.stream()
                .flatMap(way -> way.windows().stream())
                .flatMap(on -> on.choices().stream())
                .<Choice<?>>map(choice -> choice)
                .distinct()
                .toList();
    }

    /** @throws UserError if there is no such way that takes windows */
    public WindowMethod onWindows(String name, Choices choices) {
        return find(name)
                .flatMap(way -> way.windows()
                        .map(on -> new WindowMethod(
                                name,
                                way.title(),
                                all.indexOf(way),
                                on.least(),
                                on.left(),
                                layers -> on.shrink().apply(layers, choices))))
                .orElseThrow(() -> unknown(name));
    }

    private UserError unknown(String name) {
        List<String> known = onWindows();
        String methods = "methods are " + String.join(", ", known);
        boolean ofWholeModels = find(name).isPresent();
        return new UserError(
                ofWholeModels
                        ? "'" + name + "' takes no windows; " + methods
                        : "there is no method '" + name + "'" + Nearest.hint(name, known, methods));
    }

    /** Several, each once. */
    public List<WindowMethod> onWindows(List<String> names, Choices choices) {
        return names.stream().distinct().map(name -> onWindows(name, choices)).toList();
    }
}
