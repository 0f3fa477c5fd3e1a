package ffmerge.study;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Branch;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What it costs to let one sublayer of a stack stand in another's place, in loss: the mean over batches, each counted by its
 * examples, less the unchanged model's. Norms stay in their places.
 */
final class Replacements implements AutoCloseable {
    /** Sublayer {@code by} stands in the place of layer {@code place}. */
    record Swap(int place, int by) {}

    private final TransformerModel model;
    private final String stack;
    private final Branch branch;
    /** Of the layers before the stack. */
    private final int before;

    private final KeptStates states;

    private Replacements(TransformerModel model, String stack, Branch branch, List<? extends Batch> batches) {
        this.model = model;
        this.stack = stack;
        this.branch = branch;
        this.before = model.architecture().stacks().stream()
                .takeWhile(s -> !s.name().equals(stack))
                .mapToInt(s -> s.layers())
                .sum();
        this.states = new KeptStates(model, batches, Precision.FLOAT32);
    }

    /** The loss that each swap adds. Layers before a swap's place run once for all swaps. */
    static Map<Swap, Double> losses(
            TransformerModel model,
            String stack,
            Branch branch,
            List<Swap> swaps,
            List<? extends Batch> batches,
            Progress progress) {
        Map<Swap, Double> losses = new LinkedHashMap<>();
        if (swaps.isEmpty()) {
            return losses;
        }
        try (Replacements run = new Replacements(model, stack, branch, batches);
                Progress.Stage stage = progress.start("Replacing sublayers", swaps.size() + 1L, "swaps")) {
            double unchanged = run.loss(model);
            long done = 1;
            SortedSet<Integer> places = new TreeSet<>();
            swaps.forEach(swap -> places.add(swap.place()));
            for (int place : places) {
                run.states.advance(run.before + place);
                for (Swap swap : swaps.stream().filter(s -> s.place() == place).toList()) {
                    try (TransformerModel swapped = run.swapped(swap)) {
                        losses.put(swap, run.loss(swapped) - unchanged);
                    }
                    stage.advance(++done);
                }
            }
        }
        return losses;
    }

    private double loss(TransformerModel changed) {
        double sum = 0;
        long examples = 0;
        for (HiddenStates state : states.all()) {
            Progress.stopIfInterrupted();
            try (NDManager scope = changed.newScope()) {
                Pass pass = Pass.inference(scope);
                HiddenStates last = changed.advance(state, changed.layers(), pass);
                try (NDArray loss = changed.loss(last, pass)) {
                    sum += state.batch().rows() * (double) loss.getFloat();
                }
            }
            examples += state.batch().rows();
        }
        return sum / examples;
    }

    private TransformerModel swapped(Swap swap) {
        Architecture architecture = model.architecture();
        Map<String, Content> contents = new LinkedHashMap<>();
        for (ModelTensor tensor : architecture.tensors()) {
            contents.put(tensor.name(), new Content.Original(tensor.name()));
        }
        List<String> own = names(swap.place());
        List<String> others = names(swap.by());
        for (int i = 0; i < own.size(); i++) {
            contents.put(own.get(i), new Content.Original(others.get(i)));
        }
        return model.edited(new EditedCheckpoint(model.checkpoint(), contents, Map.of()), architecture);
    }

    /** Of the maps of a layer's sublayer, in the order of their roles. */
    private List<String> names(int layer) {
        Architecture architecture = model.architecture();
        return branch == Branch.ATTENTION
                ? architecture.attentionSublayer(stack, layer).maps().stream()
                        .map(map -> map.tensor().name())
                        .toList()
                : architecture.feedForward(stack, layer).tensors().stream()
                        .map(FeedForwardTensor::name)
                        .toList();
    }

    @Override
    public void close() {
        states.close();
    }

    /** All swaps within groups of layers, each pair both ways round. */
    static List<Swap> within(List<List<Integer>> groups) {
        return groups.stream()
                .flatMap(group -> group.stream()
                        .flatMap(place ->
                                group.stream().filter(by -> !by.equals(place)).map(by -> new Swap(place, by))))
                .distinct()
                .toList();
    }

    /** A symmetric matrix of the mean of both ways round; NaN where a pair wasn't swapped. */
    static double[][] matrix(Map<Swap, Double> losses, int layers) {
        double[][] matrix = new double[layers][layers];
        for (double[] row : matrix) {
            Arrays.fill(row, Double.NaN);
        }
        losses.forEach((swap, loss) -> {
            Double back = losses.get(new Swap(swap.by(), swap.place()));
            matrix[swap.place()][swap.by()] = back == null ? Double.NaN : (loss + back) / 2;
        });
        return matrix;
    }
}
