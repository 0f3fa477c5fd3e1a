package ffmerge.magic.command;

import ffmerge.align.Calibration;
import ffmerge.model.TransformerModel;
import ffmerge.result.Result;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import ffmerge.shrink.Shrinking;
import ffmerge.workload.Workload;

/** What commands have in common that make a model smaller, in whatever way. */
public final class ShrinkCommands {
    private ShrinkCommands() {}

    /** Makes the smaller model and keeps it under its name, or says what that would cost. */
    public static Result run(Shrink way, Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        if (arguments.get(Options.DRY_RUN)) {
            if (session.isLoaded(name, host)) {
                way.requireFits(name, session.model(name, host));
            }
            Calibration calibration = way.needs().isEmpty()
                    ? null
                    : Options.calibration(arguments, arguments.get(Options.TOKENS), session);
            return session.costs(name, host).shrink(arguments.command(), way, calibration);
        }
        String result = Options.newModel(arguments);
        TransformerModel model = session.model(name, host);
        way.requireFits(name, model);
        Shrinking shrinking = shrinking(name, result, model, way, arguments, session, host);
        session.put(result, shrinking.model(), session.lineage(name).then(shrinking.step()));
        host.bind(result, shrinking.model());
        return shrinking.result();
    }

    private static Shrinking shrinking(
            String name,
            String result,
            TransformerModel model,
            Shrink way,
            Arguments arguments,
            Session session,
            Host host) {
        if (way.needs().isEmpty()) {
            return Shrinking.run(name, result, model, way);
        }
        Options.noteStride(arguments, host);
        Workload workload = session.workload(model, arguments, host);
        int tokens = Options.tokens(arguments, workload, host);
        Calibration calibration = Options.calibration(arguments, tokens, session);
        way.notices(Outline.of(model), tokens).forEach(host::notice);
        return Shrinking.run(name, result, model, way, workload, calibration, host.progress());
    }
}
