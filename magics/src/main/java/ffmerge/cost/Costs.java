package ffmerge.cost;

import ffmerge.adapter.AdapterSettings;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.PairGroups;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Stack;
import ffmerge.checkpoint.Ties;
import ffmerge.evaluate.Metric;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.shrink.Needs;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.Work;
import ffmerge.tune.Execution;
import ffmerge.tune.TuneSettings;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a command would cost, without running it.
 *
 * @param name of the model
 * @param outline of the model
 * @param held bytes that the process holds with the model in it, before the command
 */
public record Costs(String name, Outline outline, CostModel model, long held) {
    /** Tokens of a batch, scored or recorded. */
    private static final int TOKENS_PER_BATCH = 2048;
    /** Of a batch of sentences that is recorded. */
    private static final int TOKENS_PER_SENTENCES = 1024;
    /** What a first pass takes beside its values: threads, compiled code, Java's garbage. */
    private static final long WORK_BYTES = 60_000_000;
    /** Where the data isn't read yet: the demo text, the tokenizer and its library. */
    private static final long DATA_BYTES = 75_000_000;
    /** Of blocks that were freed the allocator keeps those below 32 MB: half as much again, up to a few of the largest. */
    private static final long MOST_KEPT_BYTES = 256_000_000;
    /** What the allocator keeps of groups of sublayers that are read and summed up in turn. */
    private static final long IN_TURN_BYTES = 200_000_000;
    /** What the allocator keeps of the many small arrays of a tuning's first steps. */
    private static final long TUNING_BYTES = 60_000_000;
    /** What reading the demo data takes, and a library's first call; little beside what is worth a prediction. */
    private static final double START_SECONDS = 0.6;
    /** What Java takes to reorder a value and add it to a mean, and to check a model's values. */
    private static final double SECONDS_PER_VALUE = 5e-9;
    /** Files that were just written are read from the system's memory, or a disk of our time. */
    private static final double FILE_BYTES_PER_SECOND = 1.5e9;
    /** How often recorded inputs are written and read, about. */
    private static final int READINGS = 3;

    /** Costs of a model that isn't loaded, in a process that would hold nothing but it. */
    public Costs(String name, Architecture architecture, CostModel model) {
        this(name, Outline.of(architecture, Ties.NONE), model, CostModel.memory(architecture.parameters()));
    }

    /** Costs of a model that is loaded, in the process as it is now. */
    public static Costs ofLoaded(String name, TransformerModel loaded, CostModel model) {
        long held = ProcessMemory.resident()
                .orElse(CostModel.memory(loaded.parameters().uniqueCount()));
        return new Costs(name, Outline.of(loaded), model, held);
    }

    private Architecture architecture() {
        return outline.architecture();
    }

    private long parameters() {
        return outline.parameters();
    }

    private int layers() {
        return outline.layers();
    }

    private int width() {
        return architecture().stacks().get(0).feedForwardWidth();
    }

    private ActivationMemory values() {
        return new ActivationMemory(architecture());
    }

    /**
     * Going a way to shrink the model.
     *
     * @param command that does it
     * @param calibration how activations would be recorded where the way needs them; else it may be null
     */
    public DryRun shrink(String command, Shrink way, Calibration calibration) {
        Outline after = way.after(outline);
        Work work = way.work(outline);
        Needs needs = way.needs();
        AlignmentCost alignment = alignment(needs.pairs(), calibration);
        long rows = calibration == null ? 0 : calibration.tokens();
        double seconds = model.multiply(work.multiplications(rows)) + work.values() * SECONDS_PER_VALUE;
        seconds += byWeights(needs);
        long recording = 0;
        long inputs = inputs(needs, rows);
        if (!needs.isEmpty()) {
            int depth = needs.depth(architecture());
            seconds += START_SECONDS + model.pass(depth, calibration.tokens()) + alignment.seconds();
            seconds += READINGS * inputs / FILE_BYTES_PER_SECOND;
            recording = Math.max(alignment.memory(), recording(needs)) + DATA_BYTES;
        }
        long memory = held + Math.max(recording, working(needs, work));
        return new DryRun(
                command,
                name,
                seconds,
                memory,
                alignment.disk() + inputs,
                outline.parameters(),
                after.parameters(),
                outline.bytes(),
                after.bytes());
    }

    /** Seconds to match units by their weights: products of units over three matrices' rows, and assignments. */
    private double byWeights(Needs needs) {
        int pairs = (int) needs.pairs().stream()
                .filter(pair -> !pair.features().areOfActivations())
                .count();
        double products = (double) pairs
                * width()
                * outline.architecture().stacks().get(0).feedForwards().get(0).parameters();
        return model.multiply(products) + model.match(pairs, width());
    }

    /** Bytes of the inputs of sublayers that are kept on disk. */
    private long inputs(Needs needs, long rows) {
        return needs.inputs().size() * rows * architecture().modelWidth() * Float.BYTES;
    }

    /** Bytes beside the model while inputs are recorded. */
    private long recording(Needs needs) {
        long values = TOKENS_PER_BATCH * needs.inputs().size() * architecture().modelWidth() * Float.BYTES;
        return WORK_BYTES + withKept(values().pass(TOKENS_PER_BATCH) + values + squared(needs));
    }

    /** Bytes of a batch's inputs of linear maps whose squares are summed, one of them in float64 at a time. */
    private long squared(Needs needs) {
        long all = 0;
        long widest = 0;
        for (ModelTensor map : architecture().linearWeights()) {
            boolean closes = map.role().endsWith("attention-out") || map.role().equals(FeedForwardTensor.DOWN);
            if (closes && needs.inputSquares().contains(map.branch())) {
                all += architecture().modelWidth() + map.inputs(); // of the maps before it, and its own
                widest = Math.max(widest, map.inputs());
            }
        }
        return TOKENS_PER_BATCH * (all * Float.BYTES + 2 * widest * Double.BYTES);
    }

    /** Bytes beside the model while new weights are made, where inputs are read with a batch's units in float64. */
    private long working(Needs needs, Work work) {
        long batch = 3L * TOKENS_PER_BATCH * (width() + architecture().modelWidth()) * Double.BYTES;
        return needs.inputs().isEmpty() ? work.bytes() : WORK_BYTES + withKept(work.bytes() + batch);
    }

    public DryRun align(Aligner.LayerPair pair, Calibration calibration) {
        AlignmentCost alignment = alignment(Set.of(pair), calibration);
        Needs needs = new Needs(List.of(pair));
        double seconds = byWeights(needs) + alignment.seconds();
        if (!needs.isEmpty()) {
            seconds += START_SECONDS + model.pass(needs.depth(architecture()), calibration.tokens());
        }
        return new DryRun("align", name, seconds, held + alignment.memory(), 0, parameters(), parameters());
    }

    /** CKA sums the products of all pairs of a stack's sublayers at once, one stack after the other. */
    public DryRun cka(int tokens) {
        int width = Math.toIntExact(architecture().modelWidth());
        double seconds = START_SECONDS;
        long memory = 0;
        int before = 0;
        for (Stack stack : architecture().stacks()) {
            long sublayers = stack.layers();
            long pairs = sublayers * (sublayers + 1) / 2;
            before += stack.layers();
            seconds += model.pass(before, tokens) + model.sums(pairs, sublayers, tokens, width);
            long recorded = (3L * TOKENS_PER_BATCH + width) * sublayers * width * Float.BYTES; // as they are, less
            // their means, beside each other, and a product of one with all
            memory = Math.max(memory, pairs * width * width * Double.BYTES + recorded);
        }
        memory = held + WORK_BYTES + withKept(memory + values().pass(TOKENS_PER_BATCH));
        return new DryRun("cka", name, seconds, memory, 0, parameters(), parameters());
    }

    public DryRun eval(Metric metric) {
        return scored("eval", List.of(metric));
    }

    /** @param metrics what is scored of the model, one after the other */
    public DryRun scored(String command, List<Metric> metrics) {
        double seconds = START_SECONDS;
        for (Metric metric : metrics) {
            seconds += model.score(metric.work(), layers());
        }
        return new DryRun(command, name, seconds, held + scoring(), 0, parameters(), parameters());
    }

    /** What is done with several models, one after the other, in the same process. */
    public static DryRun inTurn(List<DryRun> models) {
        return new DryRun(
                models.get(0).command(),
                models.stream().map(DryRun::model).collect(Collectors.joining(", ")),
                models.stream().mapToDouble(DryRun::seconds).sum(),
                models.stream().mapToLong(DryRun::memoryBytes).max().orElse(0),
                models.stream().mapToLong(DryRun::diskBytes).max().orElse(0),
                models.stream().mapToLong(DryRun::parametersBefore).sum(),
                models.stream().mapToLong(DryRun::parametersAfter).sum());
    }

    /** Bytes beside the model while it is scored. */
    private long scoring() {
        return WORK_BYTES + values().pass(TOKENS_PER_BATCH) + values().head();
    }

    /**
     * A command that first looks at activations, or measures what several ways make of the model.
     *
     * @param shrink what it then does
     * @param measured the ways; empty where nothing is measured
     */
    public DryRun chosen(String command, Shrink shrink, List<Shrink> measured, Metric metric, Calibration calibration) {
        DryRun then = shrink(command, shrink, calibration);
        DryRun first = measured.isEmpty() ? recorded(calibration.tokens()) : sweep(measured, metric, calibration);
        return new DryRun(
                command,
                name,
                first.seconds() + then.seconds(),
                Math.max(first.memoryBytes(), then.memoryBytes()),
                Math.max(first.diskBytes(), then.diskBytes()),
                then.parametersBefore(),
                then.parametersAfter(),
                then.bytesBefore(),
                then.bytesAfter());
    }

    /** A pass in which what enters and leaves layers is looked at. */
    private DryRun recorded(int tokens) {
        long states = 2L * TOKENS_PER_BATCH * layers() * architecture().modelWidth() * Float.BYTES;
        long memory = held + WORK_BYTES + withKept(states + values().pass(TOKENS_PER_BATCH)) + DATA_BYTES;
        return new DryRun(
                "drop", name, START_SECONDS + model.pass(layers(), tokens), memory, 0, parameters(), parameters());
    }

    /**
     * What it takes to choose among windows: pairs of sublayers compared in every way, and the sweep where they are measured.
     *
     * @param shrinks what is done to each; empty where nothing is measured
     * @param pairs that are compared, over all stacks
     * @param swapped tokens that are read for each swap of a pair
     * @param times it is done
     */
    public DryRun choose(
            List<Shrink> shrinks,
            Metric metric,
            Calibration calibration,
            List<Aligner.LayerPair> pairs,
            int swapped,
            int times) {
        DryRun cka = cka(calibration.tokens());
        AlignmentCost alignment = alignment(new LinkedHashSet<>(pairs), calibration);
        // activations for matches and for influence, and each pair swapped both ways, on the average in the middle
        double passes = 2 * model.pass(layers(), calibration.tokens()) + pairs.size() * model.pass(layers(), swapped);
        double seconds = cka.seconds() + alignment.seconds() + passes;
        long memory = Math.max(cka.memoryBytes(), held + alignment.memory());
        long disk = alignment.disk();
        if (!shrinks.isEmpty()) {
            DryRun sweep = sweep(shrinks, metric, calibration);
            seconds += sweep.seconds();
            memory = Math.max(memory, sweep.memoryBytes());
            disk = Math.max(disk, sweep.diskBytes());
        }
        return new DryRun("choose", name, times * seconds, memory, disk, parameters(), parameters());
    }

    /** @param shrinks what is done to each window, in the order in which they are scored */
    public DryRun sweep(List<Shrink> shrinks, Metric metric, Calibration calibration) {
        Needs needs = Needs.all(shrinks.stream().map(Shrink::needs).toList());
        AlignmentCost alignment = alignment(needs.pairs(), calibration);
        double seconds = START_SECONDS + parameters() * SECONDS_PER_VALUE;
        long rows = calibration.tokens();
        long inputs = inputs(needs, rows);
        seconds += needs.isEmpty() ? 0 : model.pass(layers(), rows) + alignment.seconds();
        seconds += byWeights(needs) + inputs / FILE_BYTES_PER_SECOND;
        seconds += model.score(metric.work(), layers());
        long made = 0;
        for (Shrink shrink : shrinks) {
            Work work = shrink.work(outline);
            int left = shrink.after(outline).layers() - shrink.firstChangedLayer(outline);
            seconds += model.score(metric.work(), left);
            seconds += model.multiply(work.multiplications(rows)) + work.values() * SECONDS_PER_VALUE;
            made = Math.max(made, working(shrink.needs(), work));
        }
        // the states of all batches are kept between windows; sums of pairs are gone while windows are scored
        long states = metric.work().tokens() * architecture().modelWidth() * Float.BYTES;
        long recording = needs.inputs().isEmpty() ? 0 : recording(needs);
        long memory = held + Math.max(Math.max(alignment.memory(), recording), states + scoring() + made);
        memory += alignment.disk() > 0 ? states : 0;
        return new DryRun("sweep", name, seconds, memory, alignment.disk() + inputs, parameters(), parameters());
    }

    /**
     * @param weights that are tuned
     * @param adapters that are trained beside frozen weights, given or new
     * @param reading seconds to read and tokenize what it is trained and validated on
     * @param teacher what work of the teacher's costs, where there is one
     */
    public DryRun tune(
            TuneSettings settings,
            Execution execution,
            StepMemory.Weights weights,
            Optional<AdapterSettings> adapters,
            int tokensPerExample,
            Metric validation,
            double reading,
            Optional<Costs> teacher) {
        int batch = settings.rows() * tokensPerExample;
        long tokens = (long) settings.steps() * settings.accumulate() * batch;
        int validations = 1 + (settings.steps() + settings.validateEvery() - 1) / settings.validateEvery();
        int share = (batch + execution.replicas().size())
                / (1 + execution.replicas().size());
        CostModel.TrainedAs how = new CostModel.TrainedAs(
                share, tokensPerExample, execution.products(), execution.recompute(), weights.form(), adapters);
        double seconds = START_SECONDS
                + reading
                + model.train(tokens, layers(), how)
                + validations * model.score(validation.work(), layers())
                + teacher.map(t -> t.say(tokens, tokensPerExample)).orElse(0.);
        StepMemory alone = StepMemory.of(architecture(), weights, settings.rows(), tokensPerExample, execution);
        StepMemory step = teacher.map(t -> alone.taughtBy(
                        t.architecture(), 0, settings.rows(), tokensPerExample, execution)) // its weights are held
                .orElse(alone);
        long memory = held + WORK_BYTES + TUNING_BYTES + step.besideModel();
        long disk = tuningDisk(settings, weights.learned());
        return new DryRun(
                "tune",
                name,
                seconds,
                memory,
                disk,
                parameters(),
                weights.parameters(),
                weights.bytes(),
                weights.copied());
    }

    /** Seconds for the scores of so many tokens, as a teacher gives them. */
    private double say(long tokens, int tokensPerExample) {
        boolean oneAnExample = architecture().task() == Architecture.Task.IMAGE_CLASSIFICATION;
        long scored = oneAnExample ? tokens / tokensPerExample : tokens;
        return model.score(new Metric.Work(tokens, scored), layers());
    }

    /** The best weights; a state of weights and two running means; a new state before the old one is gone. */
    private long tuningDisk(TuneSettings settings, long trained) {
        int saved = (settings.steps() - 1) / settings.saveEvery();
        int copies = 1 + 3 * Math.min(saved, 2);
        return copies * trained * Float.BYTES;
    }

    /**
     * What aligning takes beside the model and its pass.
     *
     * @param disk bytes of activations that are kept there as not all pairs fit into memory
     */
    private record AlignmentCost(double seconds, long memory, long disk) {}

    /** As {@link Aligner} does it: all pairs during one pass, or group by group from a file. */
    private AlignmentCost alignment(Set<Aligner.LayerPair> needed, Calibration calibration) {
        Set<Aligner.LayerPair> pairs = needed.stream()
                .filter(pair -> pair.features().areOfActivations())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (pairs.isEmpty()) {
            return new AlignmentCost(0, 0, 0);
        }
        PairGroups groups = new PairGroups(architecture(), calibration);
        List<Set<Aligner.LayerPair>> inTurn = groups.all(pairs);
        Aligner.LayerPair widest =
                pairs.stream().max(Comparator.comparingInt(groups::width)).orElseThrow();
        int width = groups.width(widest);
        long tokens = calibration.tokens();
        long values = (long) width * width; // of a pair's products
        int parts = pairs.iterator().next().sublayers().size(); // that are correlated for a pair
        long sublayers = groups.recorded(pairs).size();
        int atOnce = inTurn.get(0).size();
        int threads = Math.min(atOnce, Runtime.getRuntime().availableProcessors());
        long sums = atOnce * parts * values * Double.BYTES;
        boolean sentences = architecture().task() == Architecture.Task.TRANSLATION;
        int rows = sentences ? TOKENS_PER_SENTENCES : TOKENS_PER_BATCH;
        long batch = (long) rows * width;
        long recording = batch * sublayers * Float.BYTES + values().pass(rows);
        double match = model.match(pairs.size(), groups.assigned(widest));
        if (inTurn.size() == 1) {
            double seconds = model.sums((long) parts * pairs.size(), sublayers, tokens, width) + match;
            long centred = (batch * (sublayers + 1) + values) * Float.BYTES; // and the squares of one, a product
            long matching = sums + threads * values * Float.BYTES;
            long memory = Math.max(matching, sums + recording + centred);
            return new AlignmentCost(seconds, WORK_BYTES + withKept(memory), 0);
        }
        long replayed = 0; // sublayers, each as often as it is read
        long most = 0;
        for (Set<Aligner.LayerPair> group : inTurn) {
            long read = groups.recorded(group).size();
            replayed += read;
            most = Math.max(most, read);
        }
        long disk = groups.fileBytes(pairs);
        double files = (disk + (double) replayed * tokens * width * Float.BYTES) / FILE_BYTES_PER_SECOND;
        double seconds = model.sums((long) parts * pairs.size(), replayed, tokens, width) + match + files;
        long replay = sums + (batch * (2 * most + 1) + values) * Float.BYTES;
        long heap =
                2L * threads * values * Float.BYTES; // correlations of the pairs before, which Java hasn't given back
        long memory = Math.max(recording, replay) + heap + IN_TURN_BYTES;
        return new AlignmentCost(seconds, WORK_BYTES + withKept(memory), disk);
    }

    /** What was allocated and freed in turn leaves a part with the allocator. */
    private static long withKept(long bytes) {
        return bytes + Math.min(bytes / 2, MOST_KEPT_BYTES);
    }
}
