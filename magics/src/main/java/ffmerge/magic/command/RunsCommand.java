package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.journal.RunDifferences;
import ffmerge.journal.RunFile;
import ffmerge.journal.RunSearch;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.RunsResult;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code runs} */
record RunsCommand() implements Command {
    private static final Option<Integer> LAST =
            Option.whole("last", 1, "how many").orElse(20);
    private static final Option<String> WHERE = Option.text(
            "where",
            "SQL",
            "those that meet a condition over " + String.join(", ", RunSearch.COLUMNS.keySet())
                    + "; options['seed'] is an option, result->>'value' a field of the result, lists of more than 100 left out");
    private static final Option<List<String>> DIFF = Option.list(
            "diff",
            "A B",
            "what two runs don't have in common: options, steps before, files, versions, result",
            Option.Given::text,
            id -> id);
    private static final Option<String> EXPORT = Option.text(
            "export",
            "FILE",
            "write all that it takes to do the run again to a file, .json or .yaml, or .zip with your own models and data in"
                    + " it, which %ffmerge run takes");

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "runs",
                "[RUN]",
                0,
                1,
                CommandSpec.Takes.NOTHING,
                "the log of runs, newest last, or one: its id, or last, last-1, …",
                "%ffmerge runs --where \"command = 'eval' and value < 90\"",
                CommandSpec.Makes.RESULT,
                List.of(LAST, WHERE, DIFF, EXPORT, Options.AS_RESULT, Options.OUT));
    }

    @Override
    public Class<RunsResult> result() {
        return RunsResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        Optional<String> condition = arguments.given(WHERE);
        boolean isPlain = condition.isEmpty()
                && arguments.positional().isEmpty()
                && !arguments.has(DIFF)
                && !arguments.has(EXPORT);
        if (isPlain) {
            return new RunsResult(session.log().read(arguments.get(LAST)));
        }
        List<Run> all = session.log().read();
        List<String> diff = Stream.concat(arguments.get(DIFF).stream(), arguments.positional().stream())
                .toList();
        if (arguments.has(DIFF)) {
            requireAlone("--diff", condition.isPresent() || arguments.has(EXPORT));
            return difference(all, diff);
        }
        Optional<Run> named = arguments.positional().stream().findFirst().map(name -> RunSearch.named(all, name));
        if (arguments.has(EXPORT)) {
            requireAlone("--export", condition.isPresent());
            Run run = named.orElseGet(() -> RunSearch.named(all, "last"));
            String file = arguments.given(EXPORT).orElseThrow();
            session.write(
                    file,
                    UserPath.of(file),
                    () -> RunFile.write(run, file, (kind, of) -> RunCommand.here(kind, of, session)),
                    host);
            return new RunsResult(List.of(run), null, file);
        }
        if (named.isPresent()) {
            requireAlone("a run that is named", condition.isPresent());
            return new RunsResult(List.of(named.get()));
        }
        List<Run> found = RunSearch.where(all, condition.orElseThrow());
        return new RunsResult(found.subList(Math.max(0, found.size() - arguments.get(LAST)), found.size()));
    }

    private static void requireAlone(String what, boolean isNot) {
        if (isNot) {
            throw new UserError(what + " stands alone; find the runs first: %ffmerge runs --where \"…\"");
        }
    }

    private static RunsResult difference(List<Run> all, List<String> names) {
        if (names.size() != 2) {
            throw new UserError("--diff takes two runs: %ffmerge runs --diff last-1 last");
        }
        Run a = RunSearch.named(all, names.get(0));
        Run b = RunSearch.named(all, names.get(1));
        return new RunsResult(List.of(a, b), RunDifferences.of(a, b), null);
    }
}
