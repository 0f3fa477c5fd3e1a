package ffmerge.magic.command;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.data.Split;
import ffmerge.model.TransformerModel;
import ffmerge.result.CompareResult;
import ffmerge.result.Result;
import ffmerge.study.Comparison;
import ffmerge.workload.Workload;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** {@code compare NAME…} */
record CompareCommand() implements Command {
    private static final Option<CompareResult.Axis> AXIS = Option.choice(
                    "axis",
                    "what the picture sets quality against",
                    CompareResult.Axis::label,
                    List.of(CompareResult.Axis.values()))
            .dependsOn("parameters; bytes for models that differ in bits alone");
    private static final Option<Boolean> LATENCY = Option.flag(
            "latency",
            "time the models in turn, again and again, with one example and with eight at once; --axis latency does so too");
    private static final Option<String> REFERENCE = Options.REFERENCE.dependsOn("the first one named");
    private static final Option<Split> SPLIT = Options.split(Split.TEST);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "compare",
                "NAME…",
                1,
                Integer.MAX_VALUE,
                CommandSpec.Takes.LOADED_MODEL,
                "models side by side: quality against parameters, bytes and latency",
                "%ffmerge compare base small",
                CommandSpec.Makes.RESULT,
                DataOptions.list(
                        DataOptions.measured(SPLIT),
                        List.of(
                                AXIS,
                                LATENCY,
                                REFERENCE,
                                Options.SEED,
                                InferencePrecision.OPTION,
                                Options.AS_RESULT,
                                Options.DRY_RUN,
                                Options.OUT,
                                Options.WIDTH),
                        DataOptions.GENERATION));
    }

    @Override
    public Class<CompareResult> result() {
        return CompareResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        Map<String, TransformerModel> models = new LinkedHashMap<>();
        arguments.positional().forEach(name -> models.put(name, session.model(name, host)));
        Split split = arguments.get(SPLIT);
        int limit = arguments.get(Options.LIMIT);
        String reference = reference(arguments, models);
        boolean timed = arguments.get(LATENCY) || arguments.given(AXIS).equals(Optional.of(CompareResult.Axis.LATENCY));
        Map<TransformerModel, Workload> read = new IdentityHashMap<>();
        Function<TransformerModel, Workload> workload =
                model -> read.computeIfAbsent(model, one -> session.workload(one, arguments, split, host));
        if (arguments.get(Options.DRY_RUN)) {
            Comparison.requireComparable(models, workload, split, limit);
            return session.costsInTurn(
                    "compare", models, model -> Comparison.scored(workload.apply(model), split, limit, timed), host);
        }
        noteTasks(models, host);
        CompareResult compared = Comparison.of(
                models,
                workload,
                split,
                limit,
                arguments.given(AXIS),
                timed,
                reference,
                arguments.get(Options.SEED),
                name -> session.lineage(session.nameOf(models.get(name))),
                InferencePrecision.of(arguments, models.get(reference), workload.apply(models.get(reference)), host),
                host.progress());
        arguments.used(AXIS, compared.axis().label());
        return compared;
    }

    /** Their sizes and times are set side by side all the same. */
    private static void noteTasks(Map<String, TransformerModel> models, Host host) {
        List<String> tasks = models.values().stream()
                .map(model -> model.architecture()
                        .task()
                        .name()
                        .toLowerCase(Locale.ROOT)
                        .replace('_', ' '))
                .distinct()
                .toList();
        if (tasks.size() > 1) {
            host.notice("these models are of different tasks (" + String.join(", ", tasks)
                    + "), so that their qualities don't compare: each has a metric of its own");
        }
    }

    private static String reference(Arguments arguments, Map<String, TransformerModel> models) {
        String reference = arguments.get(REFERENCE, arguments.first());
        if (!models.containsKey(reference)) {
            throw new UserError("--reference " + reference + " is none of the models that are compared"
                    + Nearest.hint(reference, models.keySet()));
        }
        return reference;
    }
}
