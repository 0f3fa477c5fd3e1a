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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a command would cost, without running it.
 *
 * @param name of the model
 * @param ties of the model, as far as it is loaded
 */
public record Costs(String name, Architecture architecture, Ties ties, CostModel model) {
    /** Tokens of the batches that are scored: their values exist at once. */
    private static final int TOKENS_PER_BATCH = 4096;
    /** Tokens of the batches that are recorded: the values of all sublayers exist at once. */
    private static final int RECORDED_TOKENS = 2048;

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

    /** @param calibration how activations would be recorded where the plan permutes */
    public DryRun merge(MergePlan plan, Calibration calibration) {
        long before = parameters();
        long after = parametersAfter(architecture, ties, plan);
        boolean aligns = plan.alignment() == MergePlan.Alignment.PERMUTE;
        Set<Aligner.LayerPair> pairs = aligns ? new LinkedHashSet<>(Aligner.pairs(plan)) : Set.of();
        AlignmentCost alignment = alignment(pairs, calibration);
        int depth = plan.groups().stream()
                .flatMap(g -> g.layers().stream())
                .max(Integer::compare)
                .map(layer -> layer + 1)
                .orElse(0);
        double seconds = aligns ? model.align(depth, pairs.size(), calibration.tokens(), width()) : 0;
        long memory = CostModel.memory(before)
                + Math.max(alignment.memory(), mergedBytes(plan.groups().size()));
        return new DryRun("merge", name, seconds, memory, alignment.disk(), before, after);
    }

    public DryRun drop(List<LayerDrop> drops) {
        Architecture after = architecture;
        for (LayerDrop drop : drops) {
            after = drop.architecture(after);
        }
        return new DryRun("drop", name, 0, CostModel.memory(parameters()), 0, parameters(), after.parameters());
    }

    public DryRun align(Aligner.LayerPair pair, Calibration calibration) {
        double seconds = model.align(layers(), 1, calibration.tokens(), width());
        return new DryRun(
                "align",
                name,
                seconds,
                CostModel.memory(parameters())
                        + alignment(Set.of(pair), calibration).memory(),
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

    public DryRun sweep(WindowSweep.Settings settings, List<Window> windows, Metric metric, Calibration calibration) {
        int k = settings.length();
        boolean aligns = settings.methods().contains(WindowSweep.Method.PERMUTE);
        Set<Aligner.LayerPair> pairs = new LinkedHashSet<>();
        for (Window window : aligns ? windows : List.<Window>of()) {
            for (String stack : settings.stacks()) {
                MergePlan.Group group = MergePlan.Group.of(stack, window.layers(), settings.anchor());
                pairs.addAll(
                        Aligner.pairs(new MergePlan(List.of(group), MergePlan.Alignment.PERMUTE, settings.seed())));
            }
        }
        AlignmentCost alignment = alignment(pairs, calibration);
        double seconds = aligns ? model.align(layers(), pairs.size(), settings.tokens(), width()) : 0;
        seconds += model.score(metric.work(), layers());
        for (Window window : windows) {
            for (WindowSweep.Method method : settings.methods()) {
                int left = layers() - window.first() - (method == WindowSweep.Method.DROP ? k : 0);
                seconds += model.score(metric.work(), left);
            }
        }
        // the states of all batches are kept between windows; sums of pairs are gone while windows are scored
        long states = metric.work().tokens() * architecture.modelWidth() * Float.BYTES;
        long memory = CostModel.memory(parameters())
                + Math.max(
                        alignment.memory(),
                        states + batchBytes() + mergedBytes(settings.stacks().size()))
                + (alignment.disk() > 0 ? states : 0);
        return new DryRun("sweep", name, seconds, memory, alignment.disk(), parameters(), parameters());
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

    /**
     * What aligning takes beside the model.
     *
     * @param disk bytes of activations that are kept there as not all pairs fit into memory
     */
    private record AlignmentCost(long memory, long disk) {}

    /** As {@link Aligner} does it: all pairs during one pass, or group by group from a file. */
    private AlignmentCost alignment(Set<Aligner.LayerPair> pairs, Calibration calibration) {
        if (pairs.isEmpty()) {
            return new AlignmentCost(0, 0);
        }
        long width = width();
        int sublayers = (int) pairs.stream()
                .flatMap(p -> Stream.of(p.sublayers().anchor(), p.sublayers().other()))
                .distinct()
                .count();
        int atOnce = Math.min(pairs.size(), calibration.pairsAtOnce(width()));
        int threads = Math.min(atOnce, Runtime.getRuntime().availableProcessors());
        long sums = atOnce * width * width * Double.BYTES + threads * width * width * Float.BYTES;
        long batch = (long) RECORDED_TOKENS * width;
        if (atOnce == pairs.size()) {
            return new AlignmentCost(sums + batch * sublayers * (Float.BYTES + Double.BYTES), 0);
        }
        long recording = batch * sublayers * Float.BYTES;
        long replay = sums + batch * (atOnce + 1) * (Float.BYTES + Double.BYTES);
        return new AlignmentCost(Math.max(recording, replay), calibration.tokens() * width * sublayers * Float.BYTES);
    }

    /** The mean of a sublayer's tensors, in memory twice while it is made, for each of so many groups. */
    private long mergedBytes(int groups) {
        long sublayer = architecture.stacks().get(0).feedForwards().get(0).parameters();
        return 2 * groups * sublayer * Float.BYTES + sublayer * Double.BYTES;
    }

    private long batchBytes() {
        boolean gated = architecture.stacks().get(0).feedForwards().get(0).isGated();
        int values = gated ? 4 : 2; // up, gate, activated gate, product; or up and activated
        return (long) TOKENS_PER_BATCH * values * width() * Float.BYTES;
    }
}
