package ffmerge.study;

import ffmerge.UserError;
import ffmerge.activation.LayerAngles;
import ffmerge.model.TransformerModel;
import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.shrink.WindowMethod;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Which layers to take away, where a number of them is asked for and not which. */
public final class LayersToDrop {
    /** What says so. */
    public enum By {
        /** The layers of least Block Influence, wherever they are (Men et al. 2024). */
        INFLUENCE,
        /** Adjacent layers between whose ends states turn least (Gromov et al. 2024). */
        ANGULAR,
        /** The window without which the model measures best, as a sweep finds it. */
        SCORE;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private LayersToDrop() {}

    /**
     * The layers, by number, in all stacks alike.
     *
     * @param settings of one length, and of one method that takes layers away
     * @param windows of these settings
     * @throws UserError if what it should take isn't there
     */
    public static List<Integer> of(
            By by, Subject subject, WindowSweep.Settings settings, WindowSweep.Candidates windows) {
        if (by == By.SCORE) {
            SweepResult sweep = WindowSweep.run(subject, settings, windows);
            return sweep.best().layers().values().iterator().next();
        }
        int length = settings.lengths().get(0);
        LayerAngles angles = LayerAngles.of(
                subject.model(),
                settings.stacks(),
                by == By.ANGULAR ? length : 1,
                subject.workload().activationBatches(subject.calibration(settings)),
                settings.protocol().extent(settings.tokens()),
                subject.progress());
        return by == By.ANGULAR
                ? nearest(angles, settings, windows)
                : leastInfluence(angles, subject.named(), settings, length);
    }

    private static List<Integer> nearest(
            LayerAngles angles, WindowSweep.Settings settings, WindowSweep.Candidates windows) {
        ToDoubleFunction<List<Integer>> distance = layers -> settings.stacks().stream()
                .mapToDouble(stack -> angles.distance(stack, layers.get(0), layers.get(layers.size() - 1)))
                .sum();
        return windows.scored().stream()
                .map(window -> window.layers().values().iterator().next())
                .min(Comparator.comparingDouble(distance))
                .orElseThrow();
    }

    private static List<Integer> leastInfluence(
            LayerAngles angles, WindowSweep.Named named, WindowSweep.Settings settings, int length) {
        double[] influences = angles.influences(
                settings.stacks(), named.model().architecture().commonLayers(settings.stacks()));
        List<Integer> least = IntStream.range(0, influences.length)
                .boxed()
                .filter(layer -> canGo(layer, named.name(), named.model(), settings))
                .sorted(Comparator.comparingDouble(layer -> influences[layer]))
                .limit(length)
                .sorted()
                .toList();
        if (least.size() < length) {
            throw new UserError("--length " + length + " is more than the " + Labels.counted(least.size(), "layers")
                    + " of '" + named.name() + "' of which that can be taken");
        }
        return least;
    }

    private static boolean canGo(int layer, String name, TransformerModel model, WindowSweep.Settings settings) {
        WindowMethod method = settings.methods().get(0);
        try {
            method.shrink().apply(settings.inStacks(List.of(layer))).requireFits(name, model);
            return true;
        } catch (UserError e) {
            return false;
        }
    }
}
