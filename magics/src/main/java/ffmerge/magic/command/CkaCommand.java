package ffmerge.magic.command;

import ffmerge.architecture.Stack;
import ffmerge.data.Split;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.result.CkaResult;
import ffmerge.result.Labels;
import ffmerge.result.Result;
import ffmerge.similarity.LinearCka;
import ffmerge.similarity.SimilarityMatrix;
import ffmerge.torch.Precision;
import ffmerge.workload.Workload;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code cka NAME} */
record CkaCommand() implements Command {
    private static final Option<Site> SITE = Option.choice(
                    "site", "which sublayers are compared", Site::label, List.of(Site.FEED_FORWARD, Site.ATTENTION))
            .orElse(Site.FEED_FORWARD);

    private static final Option<CkaResult.Scale> SCALE = Option.choice(
                    "scale",
                    "what the picture's colours span: 0 to 1, or the values between different layers",
                    CkaResult.Scale::label,
                    List.of(CkaResult.Scale.values()))
            .orElse(CkaResult.Scale.FULL);

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "cka",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "how similar the sublayers' outputs are to one another: a matrix and a heat map",
                "%ffmerge cka base --site attention",
                CommandSpec.Makes.RESULT,
                DataOptions.list(
                        List.of(SITE, Options.STACK),
                        DataOptions.RECORDED,
                        List.of(
                                SCALE,
                                InferencePrecision.OPTION,
                                Options.AS_RESULT,
                                Options.DRY_RUN,
                                Options.OUT,
                                Options.WIDTH)));
    }

    @Override
    public Class<CkaResult> result() {
        return CkaResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        Options.noteStride(arguments, host);
        Workload workload = session.workload(model, arguments, host);
        Site site = arguments.get(SITE);
        int tokens = Options.tokens(arguments, workload, host);
        if (arguments.get(Options.DRY_RUN)) {
            return session.costs(name, host).cka(tokens);
        }
        Precision products = InferencePrecision.of(arguments, model, host);
        Map<String, double[][]> stacks = new LinkedHashMap<>();
        Map<String, Integer> recorded = new LinkedHashMap<>();
        for (String stack : Options.stacks(arguments, model.architecture())) {
            Stack of = model.architecture().stack(stack);
            SimilarityMatrix matrix = LinearCka.of(
                    model, of, site, workload.activationBatches(tokens), tokens, products, host.progress());
            noteConstant(matrix, host);
            stacks.put(stack, matrix.values());
            recorded.put(stack, matrix.tokens());
        }
        return new CkaResult(
                name,
                site.label(),
                Collections.max(recorded.values()),
                stacks,
                workload.data(),
                Split.VALIDATION.label(),
                recorded,
                workload.context().orElse(null),
                arguments.get(SCALE),
                products.stated());
    }

    private static void noteConstant(SimilarityMatrix matrix, Host host) {
        List<Integer> constant = matrix.constant();
        if (!constant.isEmpty()) {
            host.notice(Labels.counted(constant.size(), "sublayers") + " of the " + matrix.stack() + ", "
                    + Labels.layers(constant) + ", " + (constant.size() == 1 ? "gives" : "give")
                    + " the same for every token: there is no CKA of that, which is shown as 0");
        }
    }
}
