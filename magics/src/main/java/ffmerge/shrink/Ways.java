package ffmerge.shrink;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.merge.MergePlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** The ways to shrink that there are. */
public final class Ways {
    /** Those of this library; a new one is a line here. */
    public static final Ways BUILT_IN = new Ways(List.of(
                    MergeSublayers.onWindows(MergePlan.Alignment.PERMUTE),
                    MergeSublayers.onWindows(MergePlan.Alignment.NONE),
                    MergeSublayers.onWindows(MergePlan.Alignment.RANDOM),
                    DropLayers.ON_WINDOWS,
                    Fold.WAY))
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
        return all.stream()
                .filter(way -> way.name().equals(name))
                .sorted(Comparator.comparing(way -> !Objects.equals(way.command(), command)))
                .map(Way::title)
                .findFirst()
                .orElse(name);
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
        return all.stream()
                .filter(way -> way.name().equals(name))
                .findFirst()
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
        boolean ofWholeModels = all.stream().anyMatch(way -> way.name().equals(name));
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
