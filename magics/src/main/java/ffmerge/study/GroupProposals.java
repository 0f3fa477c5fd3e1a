package ffmerge.study;

import ffmerge.UserError;
import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.result.WindowScore;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.WindowMethod;
import ffmerge.similarity.CompleteLink;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Groups of layers that need not be adjacent: each score's own, as many sublayers as a window or a budget takes. */
final class GroupProposals {
    private final Subject subject;
    private final Choosing.Settings settings;
    private final CheapScores cheap;
    private final Outline outline;
    private final int layers;

    GroupProposals(Subject subject, Choosing.Settings settings, CheapScores cheap) {
        this.subject = subject;
        this.settings = settings;
        this.cheap = cheap;
        this.outline = Outline.of(subject.model());
        this.layers =
                subject.model().architecture().commonLayers(settings.sweep().stacks());
    }

    /**
     * What can be shrunk of it, a score's own groups once.
     *
     * @param leftOut gets what can't, with the reasons
     * @throws UserError if nothing can, or the budget is out of reach
     */
    List<LayerGroups> all(List<SweepResult.LeftOut> leftOut) {
        int joins = joins();
        Map<List<List<Integer>>, List<WindowScore>> proposed = new LinkedHashMap<>();
        for (WindowScore score : settings.scores()) {
            if (score == WindowScore.RANDOM || cheap.found().contains(score)) {
                proposed.computeIfAbsent(groups(score, joins), groups -> new ArrayList<>())
                        .add(score);
            }
        }
        List<LayerGroups> candidates = new ArrayList<>();
        UserError first = null;
        for (Map.Entry<List<List<Integer>>, List<WindowScore>> each : proposed.entrySet()) {
            Shrink shrink = settings.method().ofGroups(settings.byStack(each.getKey()));
            try {
                shrink.requireFits(subject.name(), subject.model());
                candidates.add(new LayerGroups(each.getKey(), each.getValue(), shrink, removed(shrink)));
            } catch (UserError e) {
                first = first == null ? e : first;
                leftOut.add(new SweepResult.LeftOut(
                        settings.method().name(), WindowMethod.union(settings.byStack(each.getKey())), e.getMessage()));
            }
        }
        if (candidates.isEmpty()) {
            throw first;
        }
        return candidates;
    }

    /** How many sublayers, in each stack, are to go. */
    private int joins() {
        WindowMethod method = settings.method();
        int ofWindow = method.joins() ? settings.length() - 1 : settings.length();
        if (settings.budget() == 0) {
            return ofWindow;
        }
        int most = layers - Math.max(1, method.left());
        for (int joins = 1; joins <= most; joins++) {
            int taken = method.joins() ? joins + 1 : joins;
            List<Integer> one = IntStream.range(0, taken).boxed().toList();
            if (removed(method.ofGroups(settings.byStack(List.of(one)))) >= settings.budget() * outline.parameters()) {
                return joins;
            }
        }
        int taken = method.joins() ? most + 1 : most;
        List<Integer> one = IntStream.range(0, taken).boxed().toList();
        double share = (double) removed(method.ofGroups(settings.byStack(List.of(one)))) / outline.parameters();
        throw new UserError("--budget " + settings.budget() + " is out of reach: " + method.title() + " takes at most "
                + Labels.percent(share) + " of the parameters of '" + subject.name() + "'");
    }

    /** A score's own groups. */
    private List<List<Integer>> groups(WindowScore score, int joins) {
        boolean joined = settings.method().joins();
        int size = joined ? joins + 1 : joins;
        if (score == WindowScore.RANDOM) {
            return List.of(lowest(settings.random(layers), size));
        }
        if (score == WindowScore.INFLUENCE) {
            return List.of(lowest(cheap.influences(), size));
        }
        List<List<Integer>> clusters = CompleteLink.groups(cheap.similarity(score), joins).stream()
                .filter(group -> group.size() > 1)
                .toList();
        // of layers that are taken away, one of those that are alike stays
        return joined
                ? clusters
                : List.of(clusters.stream()
                        .flatMap(group -> group.subList(1, group.size()).stream())
                        .sorted()
                        .toList());
    }

    private static List<Integer> lowest(double[] values, int count) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(layer -> values[layer]))
                .limit(count)
                .sorted()
                .toList();
    }

    private long removed(Shrink shrink) {
        return outline.parameters() - shrink.after(outline).parameters();
    }
}
