package ffmerge.study;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.Stack;
import ffmerge.architecture.Window;
import ffmerge.checkpoint.Ties;
import ffmerge.evaluate.Metric;
import ffmerge.merge.LayerDrop;
import ffmerge.merge.MergePlan;
import ffmerge.tune.TuneSettings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a command would cost, without running it.
 *
 * @param name of the model
 * @param ties of the model, as far as it is loaded
 */
public record Costs(String name, Architecture architecture, Ties ties, CostModel model) {
    /** Tokens of the batches that are scored or recorded: their values exist at once. */
    private static final int TOKENS_PER_BATCH = 4096;

    /** Parameters that are held once the plan's groups are merged: exact, from the shapes alone. */
    public static long parametersAfter(Architecture architecture, Ties ties, MergePlan plan) {
        plan.requireFits(architecture);
        Map<FeedForwardSublayer, Object> holders = new HashMap<>();
        long outside = architecture.parameters();
        for (Stack stack : architecture.stacks()) {
            for (FeedForwardSublayer sublayer : stack.feedForwards()) {
                holders.put(sublayer, ties.keptName(sublayer.tensors().get(0).name()));
                outside -= sublayer.parameters();
            }
        }
        for (MergePlan.Group group : plan.groups()) {
            group.layers().forEach(layer -> holders.put(architecture.feedForward(group.stack(), layer), group));
        }
        Set<Object> counted = new HashSet<>();
        long inside = 0;
        for (Map.Entry<FeedForwardSublayer, Object> holder : holders.entrySet()) {
            if (counted.add(holder.getValue())) {
                inside += holder.getKey().parameters();
            }
        }
        return outside + inside;
    }

    private long parameters() {
        return parametersAfter(architecture, ties, new MergePlan(List.of(), MergePlan.Alignment.NONE, 0));
    }

    private int layers() {
        return architecture.stacks().stream().mapToInt(Stack::layers).sum();
    }

    private int width() {
        return architecture.stacks().get(0).feedForwardWidth();
    }

    public DryRun merge(MergePlan plan, int tokens) {
        long before = parameters();
        long after = parametersAfter(architecture, ties, plan);
        boolean aligns = plan.alignment() == MergePlan.Alignment.PERMUTE;
        int pairs = aligns ? Aligner.pairs(plan).size() : 0;
        int depth = plan.groups().stream()
                .flatMap(g -> g.layers().stream())
                .max(Integer::compare)
                .map(layer -> layer + 1)
                .orElse(0);
        double seconds = aligns ? model.align(depth, pairs, tokens, width()) : 0;
        long memory = CostModel.memory(before) + alignmentBytes(pairs, pairs + 1) + before / layers() * Float.BYTES;
        return new DryRun("merge", name, seconds, memory, 0, before, after);
    }

    public DryRun drop(List<LayerDrop> drops) {
        Architecture after = architecture;
        for (LayerDrop drop : drops) {
            after = drop.architecture(after);
        }
        return new DryRun("drop", name, 0, CostModel.memory(parameters()), 0, parameters(), after.parameters());
    }

    public DryRun align(int pairs, int tokens) {
        double seconds = model.align(layers(), pairs, tokens, width());
        return new DryRun(
                "align",
                name,
                seconds,
                CostModel.memory(parameters()) + alignmentBytes(pairs, 2),
                0,
                parameters(),
                parameters());
    }

    /** CKA compares outputs as wide as the model; the pass costs more than the products. */
    public DryRun cka(int tokens) {
        double seconds = model.align(layers(), 0, tokens, width());
        return new DryRun("cka", name, seconds, CostModel.memory(parameters()), 0, parameters(), parameters());
    }

    public DryRun eval(Metric metric) {
        double seconds = model.score(metric.work(), layers());
        return new DryRun(
                "eval", name, seconds, CostModel.memory(parameters()) + batchBytes(), 0, parameters(), parameters());
    }

    public DryRun sweep(WindowSweep.Settings settings, List<Window> windows, Metric metric) {
        int k = settings.length();
        boolean aligns = settings.methods().contains(WindowSweep.Method.PERMUTE);
        Set<Aligner.LayerPair> pairs = new HashSet<>();
        for (Window window : windows) {
            for (int layer : window.layers()) {
                if (aligns && layer != window.first()) {
                    pairs.add(new Aligner.LayerPair("", window.first(), layer));
                }
            }
        }
        double seconds = aligns ? model.align(layers(), pairs.size(), settings.tokens(), width()) : 0;
        seconds += model.score(metric.work(), layers());
        for (Window window : windows) {
            for (WindowSweep.Method method : settings.methods()) {
                int left = layers() - window.first() - (method == WindowSweep.Method.DROP ? k : 0);
                seconds += model.score(metric.work(), left);
            }
        }
        long states = metric.work().tokens() * architecture.modelWidth() * Float.BYTES;
        long memory =
                CostModel.memory(parameters()) + alignmentBytes(pairs.size(), layers()) + 2 * states + batchBytes();
        return new DryRun("sweep", name, seconds, memory, 0, parameters(), parameters());
    }

    public DryRun tune(TuneSettings settings, int tokensPerExample, Metric validation) {
        long tokens = (long) settings.steps() * settings.accumulate() * settings.rows() * tokensPerExample;
        int validations = 1 + (settings.steps() + settings.validateEvery() - 1) / settings.validateEvery();
        double seconds = model.train(tokens, layers()) + validations * model.score(validation.work(), layers());
        // the model, a copy of it, its gradients, two running means
        long memory = CostModel.memory(5 * parameters()) + 3 * batchBytes();
        long disk = 4 * parameters() * Float.BYTES;
        return new DryRun("tune", name, seconds, memory, disk, parameters(), parameters());
    }

    /** Bytes of the sums of so many pairs of sublayers, in float64, and of one batch's values. */
    private long alignmentBytes(int pairs, int sublayers) {
        long sums = (long) pairs * width() * width() * Double.BYTES;
        return sums + (long) TOKENS_PER_BATCH / 2 * sublayers * width() * (Float.BYTES + Double.BYTES);
    }

    private long batchBytes() {
        return (long) TOKENS_PER_BATCH * 2 * width() * Float.BYTES;
    }
}
