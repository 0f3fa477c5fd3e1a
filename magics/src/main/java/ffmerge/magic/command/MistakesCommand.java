package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.data.Split;
import ffmerge.model.TransformerModel;
import ffmerge.result.MistakesResult;
import ffmerge.result.Result;
import ffmerge.study.Mistakes;
import ffmerge.workload.ImageWorkload;
import ffmerge.workload.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** {@code mistakes NAME…} */
record MistakesCommand() implements Command {
    private static final Option<Split> SPLIT = Options.split(Split.TEST);
    private static final Option<Integer> SHOW =
            Option.whole("show", 1, "how many images are shown").orElse(12);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "mistakes",
                "NAME…",
                1,
                Integer.MAX_VALUE,
                CommandSpec.Takes.LOADED_MODEL,
                "images that classifiers take for something else, first those on which the models differ",
                "%ffmerge mistakes base small --show 8",
                CommandSpec.Makes.RESULT,
                DataOptions.list(
                        List.of(SHOW),
                        DataOptions.FILES,
                        List.of(SPLIT, Options.LIMIT, Options.AS_RESULT, Options.DRY_RUN, Options.OUT)));
    }

    @Override
    public Class<MistakesResult> result() {
        return MistakesResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        Map<String, TransformerModel> models = new LinkedHashMap<>();
        arguments.positional().forEach(name -> models.put(name, session.model(name, host)));
        Split split = arguments.get(SPLIT);
        int limit = arguments.get(Options.LIMIT);
        Function<TransformerModel, ImageWorkload> workload =
                model -> images(session.workload(model, arguments, split, host), model);
        if (arguments.get(Options.DRY_RUN)) {
            return session.costsInTurn(
                    "mistakes", models, model -> List.of(workload.apply(model).metric(split, limit)), host);
        }
        return Mistakes.find(models, workload, split, limit, arguments.get(SHOW), host.progress());
    }

    private static ImageWorkload images(Workload workload, TransformerModel model) {
        if (workload instanceof ImageWorkload images) {
            return images;
        }
        throw new UserError("mistakes shows images; " + model.architecture().title() + " classifies none");
    }
}
