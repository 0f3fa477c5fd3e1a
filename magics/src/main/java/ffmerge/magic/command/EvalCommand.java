package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.data.Split;
import ffmerge.evaluate.Bootstrap;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.MetricValue;
import ffmerge.model.TransformerModel;
import ffmerge.result.Difference;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import ffmerge.torch.Precision;
import ffmerge.workload.GeneratingWorkload;
import ffmerge.workload.TaskWorkload;
import ffmerge.workload.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code eval NAME} */
record EvalCommand() implements Command {
    private static final Option<Split> SPLIT = Options.split(Split.TEST);
    private static final Option<Integer> SHOW = Option.whole(
                    "show", 0, "also show how the first sentences are translated, or dialogues summarized")
            .orElse(0);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "eval",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "perplexity, accuracy, BLEU or ROUGE, by the model's task and the data",
                "%ffmerge eval base --split test",
                CommandSpec.Makes.RESULT,
                DataOptions.list(
                        DataOptions.measured(SPLIT),
                        List.of(
                                Options.REFERENCE,
                                Options.SEED,
                                SHOW,
                                InferencePrecision.OPTION,
                                Options.AS_RESULT,
                                Options.DRY_RUN,
                                Options.OUT),
                        DataOptions.GENERATION));
    }

    @Override
    public Class<EvalResult> result() {
        return EvalResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        Workload workload = session.workload(model, arguments, arguments.get(SPLIT), host);
        Split split = arguments.get(SPLIT);
        Metric metric = workload.metric(split, arguments.get(Options.LIMIT));
        int show = arguments.get(SHOW);
        if (show > 0 && !(workload instanceof GeneratingWorkload)) {
            throw new UserError("--show is for models that translate and data of dialogues");
        }
        Optional<String> to = arguments.given(Options.REFERENCE);
        Optional<TransformerModel> reference = to.map(other -> Reference.of(other, model, session, host));
        if (arguments.get(Options.DRY_RUN)) {
            Map<String, TransformerModel> measured = new LinkedHashMap<>(Map.of(name, model));
            reference.ifPresent(other -> measured.put(to.get(), other));
            return session.costsInTurn("eval", measured, each -> List.of(metric), host);
        }
        Precision products = InferencePrecision.of(arguments, model, workload, host);
        MetricValue evaluation = Evaluator.evaluate(model, metric, products, host.progress());
        int seed = arguments.get(Options.SEED);
        Bootstrap bootstrap = Bootstrap.of(metric, evaluation.scores(), seed);
        Optional<Difference> difference = reference
                .map(other -> Evaluator.evaluate(other, metric, products, host.progress())
                        .scores())
                .flatMap(scores -> bootstrap.difference(Bootstrap.of(metric, scores, seed), to.get()));
        List<EvalResult.Sample> samples = samples(workload, model, split, show, host);
        return new EvalResult(
                name,
                evaluation.metric(),
                evaluation.value(),
                workload.data(),
                split.label(),
                evaluation.examples(),
                evaluation.seconds(),
                evaluation.tokensPerSecond(),
                evaluation.details(),
                metric.protocol().orElse(null),
                bootstrap.interval().orElse(null),
                difference.orElse(null),
                samples,
                workload instanceof TaskWorkload task ? task.score(metric, evaluation.scores()) : null,
                products.stated());
    }

    private static List<EvalResult.Sample> samples(
            Workload workload, TransformerModel model, Split split, int count, Host host) {
        return count > 0 && workload instanceof GeneratingWorkload generating
                ? generating.samples(model, split, count, host.progress())
                : List.of();
    }
}
