package ffmerge.magic.command;

import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.result.ExploreResult;
import ffmerge.result.Result;
import ffmerge.result.SweepResult;
import java.util.List;
import java.util.Set;

/** {@code explore SWEEP} */
record ExploreCommand() implements Command {
    /** The last one, whatever it is called. */
    static final String LAST = "sweep";

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "explore",
                "SWEEP",
                1,
                1,
                CommandSpec.Takes.SWEEP,
                "a slider over a sweep's windows with chart, matched correlations and sizes of each; sweep is the last one, a"
                        + " name what --as gave",
                "%ffmerge explore sweep",
                CommandSpec.Makes.RESULT,
                List.of(Options.AS_RESULT, Options.OUT, Options.WIDTH));
    }

    @Override
    public Class<ExploreResult> result() {
        return ExploreResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        return new ExploreResult(sweep(arguments.first(), session, host));
    }

    private static SweepResult sweep(String name, Session session, Host host) {
        Object variable = host.variable(name).orElse(null);
        if (variable instanceof SweepResult sweep) {
            return sweep;
        }
        if (variable instanceof ExploreResult explored) {
            return explored.sweep();
        }
        if (variable != null) {
            throw new UserError("the Java variable '" + name + "' holds no sweep; it is of type "
                    + variable.getClass().getSimpleName());
        }
        if (name.equals(LAST)) {
            return session.lastSweep()
                    .orElseThrow(() -> new UserError("nothing has been swept in this session yet: %ffmerge sweep base"
                            + " --length 6 --as windows"));
        }
        Set<String> known = session.sweeps();
        throw new UserError("no sweep is named '" + name + "'"
                + Nearest.hint(
                        name,
                        known,
                        known.isEmpty()
                                ? "nothing has been swept in this session yet: %ffmerge sweep base --length 6 --as "
                                        + (JavaName.isOne(name) ? name : "windows")
                                : "there are " + String.join(", ", known)));
    }
}
