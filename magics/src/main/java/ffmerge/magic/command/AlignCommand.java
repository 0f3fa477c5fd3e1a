package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.LayerAlignment;
import ffmerge.correlation.CorrelationMatrix;
import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.result.AlignResult;
import ffmerge.result.Result;
import ffmerge.study.MatchedCorrelations;
import ffmerge.workload.Workload;
import java.util.List;
import java.util.Optional;

/** {@code align NAME --layers 3,4} */
record AlignCommand() implements Command {
    private static final Option<Boolean> MATRIX = Option.flag(
            "matrix", "--as names the matrix of correlations, a CorrelationMatrix with toINDArray() and writeNpy(…)");

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "align",
                "NAME",
                1,
                1,
                CommandSpec.Takes.LOADED_MODEL,
                "matches the units of two FF sublayers: correlation before and after, and the order of units",
                "%ffmerge align base --layers 3,4",
                CommandSpec.Makes.RESULT,
                DataOptions.list(
                        List.of(
                                Options.layers("A,B", "the anchor, and the layer whose units are reordered"),
                                Options.FEATURES,
                                Options.STACK),
                        DataOptions.RECORDED,
                        List.of(
                                Options.PROTOCOL,
                                MATRIX,
                                Options.AS_RESULT,
                                Options.DRY_RUN,
                                Options.OUT,
                                Options.WIDTH)));
    }

    @Override
    public Class<AlignResult> result() {
        return AlignResult.class;
    }

    @Override
    public boolean binds(Arguments arguments) {
        return arguments.get(MATRIX);
    }

    @Override
    public void check(Arguments arguments, Session session) {
        Options.groups(arguments);
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        if (arguments.get(MATRIX) && !arguments.has(Options.AS_RESULT)) {
            throw new UserError("--matrix wants a name for the matrix: --as correlations");
        }
        TransformerModel model = session.model(name, host);
        List<Integer> layers =
                Options.groups(arguments).stream().flatMap(List::stream).toList();
        if (layers.size() != 2 || layers.get(0).equals(layers.get(1))) {
            throw new UserError("align takes two layers, as in --layers 3,4; " + layers + " aren't");
        }
        List<String> stacks = Options.stacks(arguments, model.architecture());
        if (stacks.size() > 1) {
            throw new UserError("say in which stack: --stack " + String.join(" or --stack ", stacks));
        }
        layers.forEach(layer -> model.architecture().feedForward(stacks.get(0), layer));
        MergePlan.Features features = Options.features(arguments, model.architecture());
        Aligner.LayerPair pair = new Aligner.LayerPair(stacks.get(0), layers.get(0), layers.get(1), features);
        Optional<Workload> workload = workload(features, model, arguments, session, host);
        int tokens = workload.map(w -> Options.tokens(arguments, w, host)).orElse(0);
        Calibration calibration = Options.calibration(arguments, tokens, session);
        if (arguments.get(Options.DRY_RUN)) {
            return session.costs(name, host).align(pair, calibration);
        }
        CorrelationMatrix correlations = Aligner.correlations(
                        model,
                        List.of(pair),
                        workload.<List<? extends Batch>>map(w -> w.activationBatches(calibration))
                                .orElse(List.of()),
                        calibration,
                        host.progress())
                .get(pair);
        LayerAlignment alignment = Aligner.match(pair, correlations);
        if (arguments.get(MATRIX)) {
            host.bind(arguments.get(Options.AS_RESULT, ""), correlations);
        }
        return new AlignResult(
                name,
                pair.stack(),
                layers,
                alignment.identityCorrelation(),
                alignment.matchedCorrelation(),
                alignment.permutation().order(),
                calibration.protocol().label(),
                workload.map(Workload::data).orElse(null),
                workload.map(w -> Split.VALIDATION.label()).orElse(null),
                workload.map(w -> Math.min(tokens, w.activationRows(tokens).get(pair.stack())))
                        .orElse(0L),
                workload.flatMap(Workload::context).orElse(null),
                MatchedCorrelations.histogram(
                        correlations, alignment.permutation().order()),
                MatchedCorrelations.maps(correlations, alignment.permutation().order()));
    }

    /** What the model reads, where activations are asked for. */
    private static Optional<Workload> workload(
            MergePlan.Features features, TransformerModel model, Arguments arguments, Session session, Host host) {
        if (!features.areOfActivations()) {
            return Optional.empty();
        }
        Options.noteStride(arguments, host);
        return Optional.of(session.workload(model, arguments, host));
    }
}
