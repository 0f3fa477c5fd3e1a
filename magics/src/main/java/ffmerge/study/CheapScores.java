package ffmerge.study;

import ffmerge.Progress;
import ffmerge.activation.LayerAngles;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.LayerAlignment;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.Stack;
import ffmerge.merge.MergePlan;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.result.WindowScore;
import ffmerge.similarity.LinearCka;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is known of a model's layers by which windows can be chosen before one is measured. Of pairs of layers it is the mean
 * over stacks, of single layers the sum over stacks, as windows lie in all of them in sync.
 *
 * <ul>
 *   <li>CKA: of the sublayers' outputs, as {@link LinearCka} has it;
 *   <li>correlation: the sum over best matched units' correlations, divided by the number of units; of attention, of the
 *       dimensions of best matched heads;
 *   <li>weights: {@code Σ_j v_a[j]·v_i[π(j)] / (‖V_a‖ ‖V_i‖)}, a unit's v being its up row, gate row and down column; FF only;
 *   <li>influence: Block Influence of the whole layer, {@link LayerAngles};
 *   <li>replacement: the loss that is added when one sublayer stands in the other's place, the mean of both ways round,
 *       over the first {@value Choosing#MOST_REPLACED_TOKENS} tokens at most, as each swap is a pass of its own.
 * </ul>
 */
final class CheapScores {
    private final Map<WindowScore, double[][]> pairs = new EnumMap<>(WindowScore.class);
    /** Of each layer; null where nobody asked. */
    private double[] influences;

    private CheapScores() {}

    /**
     * Finds what is wanted.
     *
     * @param stacks in which windows lie
     * @param branch of which sublayers
     * @param groups of layers; only pairs within one are compared
     */
    static CheapScores of(
            TransformerModel model,
            List<String> stacks,
            Branch branch,
            Set<WindowScore> wanted,
            List<List<Integer>> groups,
            Workload workload,
            Calibration calibration,
            Progress progress) {
        CheapScores scores = new CheapScores();
        Finder find = new Finder(model, branch, groups, workload, calibration, progress);
        if (wanted.contains(WindowScore.CKA)) {
            scores.pairs.put(WindowScore.CKA, mean(stacks, find::cka));
        }
        if (wanted.contains(WindowScore.CORRELATION)) {
            scores.pairs.put(WindowScore.CORRELATION, mean(stacks, find::correlations));
        }
        if (wanted.contains(WindowScore.WEIGHTS) && branch == Branch.FEED_FORWARD) {
            scores.pairs.put(WindowScore.WEIGHTS, mean(stacks, find::weights));
        }
        if (wanted.contains(WindowScore.REPLACEMENT)) {
            scores.pairs.put(WindowScore.REPLACEMENT, mean(stacks, find::replacements));
        }
        if (wanted.contains(WindowScore.INFLUENCE)) {
            scores.influences = find.influences(stacks);
        }
        return scores;
    }

    /** What there is. */
    Set<WindowScore> found() {
        Set<WindowScore> found = new TreeSet<>(pairs.keySet());
        if (influences != null) {
            found.add(WindowScore.INFLUENCE);
        }
        return found;
    }

    /** Of all pairs of layers, NaN where they weren't compared; higher is more alike. */
    double[][] similarity(WindowScore score) {
        double[][] values = pairs.get(score);
        return score.higherIsBetter()
                ? values
                : Arrays.stream(values)
                        .map(row -> Arrays.stream(row).map(value -> -value).toArray())
                        .toArray(double[][]::new);
    }

    /** Block Influence by layer, summed over stacks. */
    double[] influences() {
        return influences;
    }

    /** Of groups of layers: the mean over all pairs within groups, or the sum over layers; NaN where there is none. */
    double of(WindowScore score, List<List<Integer>> groups) {
        if (score == WindowScore.INFLUENCE) {
            return groups.stream()
                    .flatMap(List::stream)
                    .mapToDouble(layer -> influences[layer])
                    .sum();
        }
        double[][] values = pairs.get(score);
        List<Double> all = new ArrayList<>();
        for (List<Integer> group : groups) {
            for (int a : group) {
                group.stream().filter(b -> b > a).forEach(b -> all.add(values[a][b]));
            }
        }
        OptionalDouble mean = all.stream().mapToDouble(value -> value).average();
        return mean.orElse(Double.NaN);
    }

    /** A matrix by layer and layer of a stack. */
    @FunctionalInterface
    private interface OfStack {
        double[][] of(String stack);
    }

    private static double[][] mean(List<String> stacks, OfStack matrices) {
        double[][] sum = null;
        for (String stack : stacks) {
            double[][] own = matrices.of(stack);
            int layers = sum == null ? own.length : Math.min(own.length, sum.length);
            double[][] more = new double[layers][layers];
            for (int a = 0; a < layers; a++) {
                for (int b = 0; b < layers; b++) {
                    more[a][b] = own[a][b] / stacks.size() + (sum == null ? 0 : sum[a][b]);
                }
            }
            sum = more;
        }
        return sum;
    }

    /** Compares the layers of a model. */
    private record Finder(
            TransformerModel model,
            Branch branch,
            List<List<Integer>> groups,
            Workload workload,
            Calibration calibration,
            Progress progress) {
        private Architecture architecture() {
            return model.architecture();
        }

        /** NaN everywhere. */
        private double[][] unknown(String stack) {
            double[][] matrix = new double[architecture().stack(stack).layers()][];
            Arrays.setAll(matrix, layer -> {
                double[] row = new double[matrix.length];
                Arrays.fill(row, Double.NaN);
                return row;
            });
            return matrix;
        }

        /** The groups without layers that lack the sublayer. */
        private List<List<Integer>> present(String stack) {
            return groups.stream()
                    .map(group -> group.stream()
                            .filter(layer -> !architecture().lacks(stack, layer, branch))
                            .toList())
                    .toList();
        }

        double[][] cka(String name) {
            Stack stack = architecture().stack(name);
            List<Integer> layers = present(name).stream()
                    .flatMap(List::stream)
                    .distinct()
                    .sorted()
                    .toList();
            double[][] matrix = unknown(name);
            if (layers.isEmpty()) {
                return matrix;
            }
            Site site = branch == Branch.ATTENTION ? Site.ATTENTION : Site.FEED_FORWARD;
            int tokens = calibration.tokens();
            double[][] values = LinearCka.of(
                            model, stack, layers, site, workload.activationBatches(tokens), tokens, progress)
                    .values();
            for (int a = 0; a < layers.size(); a++) {
                for (int b = 0; b < layers.size(); b++) {
                    matrix[layers.get(a)][layers.get(b)] = values[a][b];
                }
            }
            return matrix;
        }

        double[][] correlations(String stack) {
            List<Aligner.LayerPair> pairs = pairs(stack, MergePlan.Features.UP);
            double units = units(stack);
            return matched(stack, pairs, pair -> units);
        }

        private double units(String stack) {
            return branch == Branch.ATTENTION
                    ? (double) architecture().heads(stack).queries()
                            * architecture().heads(stack).width()
                    : architecture().stack(stack).feedForwardWidth();
        }

        double[][] weights(String stack) {
            List<Aligner.LayerPair> pairs = pairs(stack, MergePlan.Features.WEIGHTS);
            Map<Integer, Double> norms = new LinkedHashMap<>();
            pairs.forEach(pair -> {
                norms.computeIfAbsent(pair.anchor(), layer -> norm(stack, layer));
                norms.computeIfAbsent(pair.layer(), layer -> norm(stack, layer));
            });
            return matched(stack, pairs, pair -> norms.get(pair.anchor()) * norms.get(pair.layer()));
        }

        /** Of all of a sublayer's matrices in one. */
        private double norm(String stack, int layer) {
            double squares = 0;
            for (FeedForwardTensor tensor :
                    architecture().feedForward(stack, layer).tensors()) {
                if (tensor.shape().size() == 2) {
                    for (float value : model.checkpoint().read(tensor.name())) {
                        squares += (double) value * value;
                    }
                }
            }
            return Math.sqrt(squares);
        }

        private List<Aligner.LayerPair> pairs(String stack, MergePlan.Features features) {
            return Replacements.within(present(stack)).stream()
                    .filter(swap -> swap.place() < swap.by())
                    .map(swap -> branch == Branch.ATTENTION
                            ? Aligner.LayerPair.ofHeads(stack, swap.place(), swap.by())
                            : new Aligner.LayerPair(stack, swap.place(), swap.by(), features))
                    .toList();
        }

        /** What the largest possible sum of a pair's matches is divided by. */
        @FunctionalInterface
        private interface Scale {
            double of(Aligner.LayerPair pair);
        }

        private double[][] matched(String stack, List<Aligner.LayerPair> pairs, Scale scale) {
            double[][] matrix = unknown(stack);
            if (pairs.isEmpty()) {
                return matrix;
            }
            Map<Aligner.LayerPair, LayerAlignment> found =
                    Aligner.align(model, pairs, workload.activationBatches(calibration), calibration, progress);
            found.forEach((pair, alignment) -> {
                double value = alignment.matchedCorrelation() / scale.of(pair);
                matrix[pair.anchor()][pair.layer()] = value;
                matrix[pair.layer()][pair.anchor()] = value;
            });
            return matrix;
        }

        double[][] replacements(String stack) {
            Map<Replacements.Swap, Double> losses = Replacements.losses(
                    model,
                    stack,
                    branch,
                    Replacements.within(present(stack)),
                    workload.lossBatches(Choosing.replacedTokens(calibration.tokens())),
                    progress);
            return Replacements.matrix(losses, architecture().stack(stack).layers());
        }

        double[] influences(List<String> stacks) {
            LayerAngles angles = LayerAngles.of(
                    model,
                    stacks,
                    1,
                    workload.activationBatches(calibration),
                    calibration.protocol().extent(calibration.tokens()),
                    progress);
            return angles.influences(stacks, architecture().commonLayers(stacks));
        }
    }
}
