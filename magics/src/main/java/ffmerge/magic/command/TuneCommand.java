package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.cost.Costs;
import ffmerge.cost.StepMemory;
import ffmerge.data.Split;
import ffmerge.evaluate.Metric;
import ffmerge.model.Parameters;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.result.Labels;
import ffmerge.result.Lineage;
import ffmerge.result.Result;
import ffmerge.result.Step;
import ffmerge.result.TuneResult;
import ffmerge.study.Grid;
import ffmerge.study.Teachers;
import ffmerge.study.Tuning;
import ffmerge.torch.OutOfMemory;
import ffmerge.tune.Distillation;
import ffmerge.tune.Execution;
import ffmerge.tune.TuneSettings;
import ffmerge.workload.Workload;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code tune NAME --steps 300 --as NEW} */
record TuneCommand() implements Command {
    private static final TuneSettings USUAL = TuneSettings.usual(300, TuneSettings.Learned.ALL_WEIGHTS, 0);

    private static final Option<Integer> STEPS =
            Option.whole("steps", 1, "how many steps of the optimizer").orElse(USUAL.steps());
    private static final Option<Integer> BATCH =
            Option.whole("batch", 1, "examples of a batch").orElse(USUAL.rows());
    private static final Option<Integer> ACCUMULATE = Option.whole(
                    "accumulate", 1, "batches whose gradients make one step")
            .orElse(USUAL.accumulate());
    private static final Option<Double> RATE =
            Option.number("rate", "the learning rate after warm-up").dependsOn("1e-4; of adapters 5e-4");
    private static final Option<Integer> WARMUP =
            Option.whole("warmup", 0, "steps over which the rate rises").dependsOn("a tenth of the steps");
    private static final Option<Double> DECAY =
            Option.number("decay", "decoupled weight decay of matrices").orElse(USUAL.decay());
    private static final Option<Double> CLIP = Option.number(
                    "clip", "the largest norm of all gradients; 0 for no clipping")
            .orElse(USUAL.clip());
    private static final Option<Double> SMOOTHING = Option.number(
                    "label-smoothing", "share of each target that is spread over all tokens")
            .dependsOn("0.1 for translation, else 0");
    private static final Option<Integer> VALIDATE =
            Option.whole("validate", 1, "steps between validations").dependsOn("a tenth of the steps, at least 10");
    private static final Option<Integer> SAVE =
            Option.whole("save", 1, "steps between saved states").dependsOn("as validate");
    private static final Option<Integer> LIMIT =
            Option.whole("limit", 1, "validation examples, at most").orElse(Tuning.USUAL_VALIDATION);

    private static final List<Option<?>> ADAPTERS = List.of(
            AdapterOptions.ADAPTERS,
            AdapterOptions.RANK,
            AdapterOptions.ALPHA,
            AdapterOptions.DROPOUT,
            AdapterOptions.TARGETS);
    private static final List<Option<?>> OPTIMIZER =
            List.of(BATCH, ACCUMULATE, RATE, WARMUP, DECAY, CLIP, SMOOTHING, VALIDATE, SAVE);
    private static final List<Option<?>> EXECUTION =
            List.of(ExecutionOptions.PRECISION, ExecutionOptions.RECOMPUTE, ExecutionOptions.DEVICES);

    /** How a model is trained, for however long. */
    static final List<Option<?>> TRAINING = DataOptions.list(ADAPTERS, OPTIMIZER, List.of(Options.AUGMENT), EXECUTION);

    static final Option<String> TEACHER = Option.name(
                    "teacher",
                    "a loaded model to learn from beside the data, as the one that this was made from; it stays as it is")
            .naming(Option.Names.LOADED_MODEL);
    static final Option<Double> TEMPERATURE = Option.number(
                    "temperature", "by which the scores of both are softened before they are compared")
            .orElse(2.);
    static final Option<Double> DISTILL = Option.number(
                    "distill",
                    "the teacher's share W of the loss: (1 - W) of the data's, W T² of KL(teacher || student) at"
                            + " temperature T")
            .orElse(0.5);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "tune",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "fine-tunes a copy of a model with its ties kept, or adapters beside its weights; goes on where it was stopped",
                "%ffmerge tune small --steps 100 --as tuned",
                CommandSpec.Makes.MODEL,
                DataOptions.list(
                        List.of(Options.AS_MODEL),
                        ADAPTERS,
                        List.of(STEPS),
                        OPTIMIZER,
                        List.of(LIMIT, TEACHER, TEMPERATURE, DISTILL, Options.AUGMENT),
                        DataOptions.SCORING,
                        EXECUTION,
                        DataOptions.FILES,
                        DataOptions.JUDGING,
                        List.of(Options.SEED, Options.DRY_RUN, Options.BRIEF, Options.OUT, Options.WIDTH),
                        DataOptions.GENERATION));
    }

    @Override
    public Class<TuneResult> result() {
        return TuneResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        Training training = Training.of(
                name, model, arguments, arguments.get(STEPS), arguments.get(Options.SEED), arguments.get(LIMIT));
        if (arguments.has(Options.JUDGING_TASK) && !arguments.has(Options.TASK_DATA)) {
            throw new UserError(
                    "--task validates by questions: --task-data FILE names a table of them; --data is what is"
                            + " tuned on");
        }
        Workload workload = session.workload(model, arguments, host);
        Optional<Tuning.Teacher> teacher = teacher(name, model, workload, arguments, session, host);
        if (arguments.get(Options.DRY_RUN)) {
            return training.cost(
                    session.costs(name, host),
                    model,
                    arguments.given(TEACHER).map(named -> session.costs(named, host)),
                    workload,
                    arguments,
                    host);
        }
        String result = Options.newModel(arguments);
        Lineage lineage = session.lineage(name);
        Grid.Recovered recovered = training.tuned(name, result, model, teacher, workload, arguments, session, host);
        for (Step step : recovered.steps()) {
            lineage = lineage.then(step);
        }
        TransformerModel tuned = recovered.tuned().model();
        session.put(result, tuned, lineage);
        host.bind(result, tuned);
        return recovered.tuned().outcome();
    }

    /**
     * How one model is tuned.
     *
     * @param adapters what it gets before; empty where the model itself is tuned, or adapters that it has already
     * @param limit examples of validation, at most
     */
    record Training(Optional<AdapterSettings> adapters, TuneSettings settings, int limit) {
        /** As the options say. */
        static Training of(String name, TransformerModel model, Arguments arguments, int steps, int seed, int limit) {
            Optional<AdapterSettings> adapters = AdapterOptions.of(name, model, arguments);
            TuneSettings usual = Tuning.usual(model, steps, adapters.isPresent());
            return new Training(adapters, TuneCommand.settings(arguments, usual, seed), limit);
        }

        /** @param teacher what its work costs, where there is one */
        DryRun cost(
                Costs costs,
                TransformerModel model,
                Optional<Costs> teacher,
                Workload workload,
                Arguments arguments,
                Host host) {
            Parameters parameters = model.parameters();
            long added = adapters.map(a -> a.parameters(model.architecture(), parameters.ties()))
                    .orElse(0L);
            long start = System.nanoTime();
            Metric validation = workload.metric(Split.VALIDATION, limit);
            workload.trainingBatch(1, settings.seed(), 0); // reads the data, which takes its time
            double reading = (System.nanoTime() - start) / 1e9;
            return costs.tune(
                    settings,
                    execution(model, workload, arguments, host),
                    StepMemory.Weights.of(parameters, added),
                    adapters.or(parameters::adapterSettings),
                    workload.tokensPerExample(),
                    validation,
                    reading,
                    teacher);
        }

        /** As the options say; where that would take most of a small machine's memory, with layers run twice. */
        private Execution execution(TransformerModel model, Workload workload, Arguments arguments, Host host) {
            Execution asked = ExecutionOptions.of(arguments, model, host);
            StepMemory step = StepMemory.of(
                    model.architecture(),
                    StepMemory.Weights.of(model.parameters(), 0),
                    settings.rows(),
                    workload.tokensPerExample(),
                    asked);
            if (asked.recompute()
                    || model.device().isGpu()
                    || ExecutionOptions.fits(step.total(), OutOfMemory.machine())) {
                return asked;
            }
            host.notice("A step would take " + Labels.bytes(step.total()) + " of this machine's "
                    + Labels.bytes(OutOfMemory.machine()) + ", so layers are run twice, as with --recompute");
            return new Execution(asked.products(), true, asked.replicas());
        }

        /** @param teacher from whom the model learns beside the data */
        Grid.Recovered tuned(
                String name,
                String result,
                TransformerModel model,
                Optional<Tuning.Teacher> teacher,
                Workload workload,
                Arguments arguments,
                Session session,
                Host host) {
            // null where the model itself is tuned, or adapters that it has already
            try (TransformerModel adapted =
                    adapters.isEmpty() ? null : model.adapted(adapters.get(), settings.seed())) {
                Tuning.Tuned tuned = Tuning.tune(
                        name,
                        result,
                        adapted == null ? model : adapted,
                        settings,
                        execution(adapted == null ? model : adapted, workload, arguments, host),
                        teacher,
                        workload,
                        limit,
                        session.state(),
                        outcome -> host.live("tune", outcome),
                        host.progress());
                return new Grid.Recovered(
                        tuned,
                        Stream.concat(
                                        adapters
                                                .map(AdapterOptions::step)
                                                .map(step -> AdapterOptions.counted(step, adapted))
                                                .stream(),
                                        Stream.of(tuned.step()))
                                .toList(),
                        arguments.resolved());
            }
        }
    }

    private static Optional<Tuning.Teacher> teacher(
            String name, TransformerModel model, Workload workload, Arguments arguments, Session session, Host host) {
        requireDistillation(arguments);
        return arguments.given(TEACHER).map(named -> {
            TransformerModel teacher = session.model(named, host);
            return teacher(name, model, named, teacher, session.lineage(session.nameOf(teacher)), workload, arguments);
        });
    }

    /** @throws UserError if the options of distillation can't be meant, or stand there without a teacher */
    static void requireDistillation(Arguments arguments) {
        if (arguments.given(TEACHER).isEmpty()) {
            List.of(TEMPERATURE, DISTILL).stream()
                    .filter(arguments::has)
                    .findFirst()
                    .ifPresent(option -> {
                        throw new UserError("--" + option.name() + " is of distillation: add --teacher NAME");
                    });
            return;
        }
        if (arguments.get(TEMPERATURE) == 0) {
            throw new UserError("--temperature is above 0");
        }
        if (arguments.get(DISTILL) > 1) {
            throw new UserError("--distill is a share from 0 to 1; " + arguments.get(DISTILL) + " isn't");
        }
    }

    /**
     * A model as a teacher, as the options say.
     *
     * @throws UserError if the other model can't learn from it
     */
    static Tuning.Teacher teacher(
            String name,
            TransformerModel model,
            String teacherName,
            TransformerModel teacher,
            Lineage lineage,
            Workload workload,
            Arguments arguments) {
        Teachers.requireFits(
                name, model, teacherName, teacher, workload.context().orElse(0));
        return new Tuning.Teacher(
                new Distillation(teacher, arguments.get(TEMPERATURE), arguments.get(DISTILL)), lineage.toString());
    }

    private static TuneSettings settings(Arguments arguments, TuneSettings usual, int seed) {
        int validate = arguments.get(VALIDATE, usual.validateEvery());
        double smoothing = arguments.get(SMOOTHING, usual.labelSmoothing());
        if (smoothing >= 1) {
            throw new UserError("--label-smoothing is a share below 1; " + smoothing + " isn't");
        }
        return new TuneSettings(
                usual.steps(),
                arguments.get(BATCH),
                arguments.get(ACCUMULATE),
                arguments.get(RATE, usual.rate()),
                arguments.get(WARMUP, usual.warmup()),
                arguments.get(DECAY),
                arguments.get(CLIP),
                smoothing,
                validate,
                arguments.get(SAVE, validate),
                seed);
    }
}
