package ffmerge.magic.command;

import ffmerge.data.Split;
import ffmerge.model.TransformerModel;
import ffmerge.shrink.Choice;
import ffmerge.shrink.Choices;
import ffmerge.shrink.Ways;
import ffmerge.study.Subject;
import ffmerge.study.WindowSweep;
import ffmerge.torch.Precision;
import ffmerge.workload.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The options of commands that score windows.
 *
 * @param ways whose methods can be named
 * @param usual methods where none is named
 */
record WindowOptions(Ways ways, List<String> usual) {
    static final Option<String> REFERENCE = Options.REFERENCE.dependsOn("the unchanged model");
    static final Option<Split> SPLIT = Options.split(Split.VALIDATION);

    /** How windows are scored and activations recorded, behind the options that are a command's own. */
    static final List<Option<?>> SCORED = DataOptions.list(
            DataOptions.measured(SPLIT),
            List.of(
                    Options.TOKENS,
                    Options.PROTOCOL,
                    Options.MEMORY,
                    REFERENCE,
                    Options.AS_RESULT,
                    Options.DRY_RUN,
                    Options.OUT,
                    Options.WIDTH));

    Option<List<String>> methods() {
        return Option.items(
                        "methods",
                        String.join(",", ways.onWindows()),
                        "what is done to a window; the best window is the first method's")
                .orElse(usual);
    }

    /** What can be chosen about the methods. */
    Map<Choice<?>, Option<?>> choices() {
        return ways.choices().stream()
                .collect(Collectors.toMap(choice -> choice, Options::of, (a, b) -> a, LinkedHashMap::new));
    }

    /** Throws where there is no such method. */
    void check(Arguments arguments) {
        ways.onWindows(arguments.get(methods()), Choices.NONE);
    }

    /** @param tokens over which activations are recorded */
    WindowSweep.Settings settings(Arguments arguments, TransformerModel model, List<Integer> lengths, int tokens) {
        return new WindowSweep.Settings(
                lengths,
                Options.stacks(arguments, model.architecture()),
                ways.onWindows(arguments.get(methods()), chosen(arguments)),
                arguments.get(SPLIT),
                arguments.get(Options.LIMIT),
                tokens,
                arguments.get(Options.PROTOCOL),
                arguments.get(Options.SEED));
    }

    private Choices chosen(Arguments arguments) {
        Choices chosen = Choices.NONE;
        for (Map.Entry<Choice<?>, Option<?>> choice : choices().entrySet()) {
            chosen = chosen.with(choice.getKey(), arguments.get(choice.getValue()));
        }
        return chosen;
    }

    /** The model that differences are taken to, if one is named. */
    static Optional<WindowSweep.Named> reference(
            Arguments arguments, TransformerModel model, Session session, Host host) {
        return arguments
                .given(REFERENCE)
                .map(other -> new WindowSweep.Named(other, Reference.of(other, model, session, host)));
    }

    /** A model under study with what a command was given. */
    static Subject subject(
            Arguments arguments,
            WindowSweep.Named named,
            Optional<WindowSweep.Named> reference,
            Workload workload,
            Session session,
            Host host) {
        return subject(arguments, named, reference, workload, session, host, Precision.FLOAT32);
    }

    /** The same, measured in another precision. */
    static Subject subject(
            Arguments arguments,
            WindowSweep.Named named,
            Optional<WindowSweep.Named> reference,
            Workload workload,
            Session session,
            Host host,
            Precision products) {
        return new Subject(
                named, reference, workload, session.state(), arguments.get(Options.MEMORY), host.progress(), products);
    }
}
