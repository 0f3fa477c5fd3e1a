package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.adapter.AdapterSettings;
import ffmerge.architecture.Architecture;
import ffmerge.cost.StepMemory;
import ffmerge.data.Split;
import ffmerge.model.Parameters;
import ffmerge.model.TransformerModel;
import ffmerge.result.Result;
import ffmerge.shrink.Lineage;
import ffmerge.study.Tuning;
import ffmerge.tune.TuneSettings;
import ffmerge.workload.Workload;
import java.util.Optional;

/** {@code tune NAME --steps 300 --as NEW} */
record TuneCommand() implements Command {
    private static final int DEFAULT_STEPS = 300;
    private static final int DEFAULT_ROWS = 8;
    private static final int DEFAULT_LIMIT = 128;
    private static final int LEAST_BETWEEN = 10;
    private static final double DEFAULT_RATE = 1e-4;
    /** As the paper's QLoRA. */
    private static final double DEFAULT_ADAPTER_RATE = 5e-4;

    private static final double DEFAULT_DECAY = 0.01;
    private static final double DEFAULT_CLIP = 1;
    private static final double TRANSLATION_SMOOTHING = 0.1;

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
                Options.withGeneration(
                        Options.AS_MODEL,
                        AdapterOptions.ADAPTERS,
                        AdapterOptions.RANK,
                        AdapterOptions.ALPHA,
                        AdapterOptions.DROPOUT,
                        AdapterOptions.TARGETS,
                        OptionSpec.whole("steps", "N", "300", "how many steps of the optimizer"),
                        OptionSpec.whole("batch", "N", "8", "examples of a batch"),
                        OptionSpec.whole("accumulate", "N", "1", "batches whose gradients make one step"),
                        OptionSpec.number("rate", "X", "1e-4; of adapters 5e-4", "the learning rate after warm-up"),
                        OptionSpec.whole("warmup", "N", "a tenth of the steps", "steps over which the rate rises"),
                        OptionSpec.number("decay", "X", "0.01", "decoupled weight decay of matrices"),
                        OptionSpec.number("clip", "X", "1", "the largest norm of all gradients; 0 for no clipping"),
                        OptionSpec.number(
                                "label-smoothing",
                                "X",
                                "0.1 for translation, else 0",
                                "share of each target that is spread over all tokens"),
                        OptionSpec.whole(
                                "validate", "N", "a tenth of the steps, at least 10", "steps between validations"),
                        OptionSpec.whole("save", "N", "as validate", "steps between saved states"),
                        OptionSpec.whole("limit", "N", "128", "validation examples, at most"),
                        OptionSpec.choice(
                                "augment",
                                "shift",
                                "what is done at random to images of training; flip also mirrors them",
                                "none",
                                "shift",
                                "flip"),
                        ExecutionOptions.PRECISION,
                        ExecutionOptions.RECOMPUTE,
                        ExecutionOptions.DEVICES,
                        Options.DATA,
                        Options.SKIP_BROKEN,
                        Options.SEED,
                        Options.DRY_RUN,
                        Options.OUT));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        Optional<AdapterSettings> adapters = AdapterOptions.of(name, model, arguments);
        boolean adaptersAlone =
                adapters.isPresent() || model.parameters().adapterSettings().isPresent();
        int steps = arguments.whole("steps", DEFAULT_STEPS, 1);
        int validate = arguments.whole("validate", Math.max(LEAST_BETWEEN, steps / 10), 1);
        TuneSettings settings = new TuneSettings(
                steps,
                arguments.whole("batch", DEFAULT_ROWS, 1),
                arguments.whole("accumulate", 1, 1),
                arguments.number("rate", adaptersAlone ? DEFAULT_ADAPTER_RATE : DEFAULT_RATE),
                arguments.whole("warmup", steps / 10, 0),
                arguments.number("decay", DEFAULT_DECAY),
                arguments.number("clip", DEFAULT_CLIP),
                smoothing(arguments, model),
                validate,
                arguments.whole("save", validate, 1),
                Options.seed(arguments));
        Workload workload = session.workload(model, arguments, host);
        int limit = arguments.whole("limit", DEFAULT_LIMIT, 1);
        if (arguments.flag("dry-run")) {
            Parameters parameters = model.parameters();
            long added = adapters.map(a -> a.parameters(model.architecture(), parameters.ties()))
                    .orElse(0L);
            return session.costs(name, host)
                    .tune(
                            settings,
                            ExecutionOptions.of(arguments, model, host),
                            StepMemory.Weights.of(parameters, added),
                            adapters.or(parameters::adapterSettings),
                            workload.tokensPerExample(),
                            workload.metric(Split.VALIDATION, limit));
        }
        String result = Options.newModel(arguments);
        Lineage lineage = session.lineage(name);
        // null where the model itself is tuned, or adapters that it has already
        try (TransformerModel adapted = adapters.isEmpty() ? null : model.adapted(adapters.get(), settings.seed())) {
            Tuning.Tuned tuned = Tuning.tune(
                    name,
                    result,
                    adapted == null ? model : adapted,
                    settings,
                    ExecutionOptions.of(arguments, model, host),
                    workload,
                    limit,
                    session.state(),
                    outcome -> host.live("tune", outcome),
                    host.progress());
            Lineage start = adapters.map(lineage::adapted).orElse(lineage);
            session.put(result, tuned.model(), start.tuned(settings.steps()));
            host.bind(result, tuned.model());
            return tuned.outcome();
        }
    }

    private static double smoothing(Arguments arguments, TransformerModel model) {
        boolean translates = model.architecture().task() == Architecture.Task.TRANSLATION;
        double smoothing = arguments.number("label-smoothing", translates ? TRANSLATION_SMOOTHING : 0);
        if (smoothing >= 1) {
            throw new UserError("--label-smoothing is a share below 1; " + smoothing + " isn't");
        }
        return smoothing;
    }
}
