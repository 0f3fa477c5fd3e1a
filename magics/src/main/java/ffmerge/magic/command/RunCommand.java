package ffmerge.magic.command;

import ffmerge.FileKind;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.checkpoint.ModelFolder;
import ffmerge.data.TextFiles;
import ffmerge.journal.Capsules;
import ffmerge.journal.CellLog;
import ffmerge.journal.FileNote;
import ffmerge.journal.RunArchive;
import ffmerge.journal.RunDifferences;
import ffmerge.journal.RunFile;
import ffmerge.result.Capsule;
import ffmerge.result.RecipeResult;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.RunDifference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code run FILE} */
record RunCommand() implements Command {
    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "run",
                "FILE",
                1,
                1,
                CommandSpec.Takes.FILE,
                "runs a recipe: a YAML file with the steps of an experiment, or a run that runs --export wrote",
                "%ffmerge run experiment.yaml",
                CommandSpec.Makes.RESULT,
                List.of(GridCommand.AGAINST));
    }

    @Override
    public Class<RecipeResult> result() {
        return RecipeResult.class;
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        Path file = UserPath.of(arguments.first());
        FileKind.requireReadable(file);
        if (!Files.isRegularFile(file)) {
            throw new UserError("there is no file " + file.toAbsolutePath());
        }
        if (RunArchive.isOne(file)) {
            return again(RunArchive.unpack(file, session.state().sub("capsules")), session, host);
        }
        String text = TextFiles.read(file);
        Optional<String> against = arguments.given(GridCommand.AGAINST);
        try {
            if (against.isPresent()) {
                return host.recipe(against(text, against.get()));
            }
            return RunFile.parse(text).map(run -> again(run, session, host)).orElseGet(() -> host.recipe(text));
        } catch (PlacedMistake e) {
            throw e.elsewhere(); // in the file, not in the cell that names it
        }
    }

    /** The text of a grid with one option more behind it, so that the lines of all others stay. */
    private static String against(String text, String earlier) {
        if (text.lines().noneMatch(line -> line.startsWith(Options.WAYS + ":"))) {
            throw new UserError("--against is of a grid, a file with ways: at the begin of a line");
        }
        return text.stripTrailing() + "\n" + GridCommand.AGAINST.name() + ": '" + earlier.replace("'", "''") + "'\n";
    }

    /** Does a run again, if what it read is here as it was. */
    private static Result again(Run run, Session session, Host host) {
        Capsules.requireSame(run.capsule(), (kind, of) -> FileNote.of(kind, of, here(kind, of, session)));
        RecipeResult done = (RecipeResult) host.recipe(RunFile.yaml(anew(run.capsule(), session)));
        boolean isCell = CellLog.isCell(run);
        Run now = session.lastRun()
                .filter(last -> isCell || last.command().equals(run.command()))
                .orElseThrow(() -> new UserError("the recipe of run " + run.id() + " doesn't end with its "
                        + run.command() + "; export it anew"));
        List<RunDifference> differences = isCell ? RunDifferences.ofCellAlone(run, now) : RunDifferences.of(run, now);
        return new RecipeResult(done.steps(), done.seconds(), new RecipeResult.Again(run.id(), now.id(), differences));
    }

    /** The recipe, whose last step must not take from the log what is to be found out. */
    private static List<Map<String, Object>> anew(Capsule capsule, Session session) {
        List<Map<String, Object>> recipe = new ArrayList<>(capsule.recipe());
        boolean mayReuse = session.commands()
                .find(Capsules.lastCommand(capsule))
                .filter(command ->
                        command.spec().option(GridCommand.ANEW.name()).isPresent())
                .isPresent();
        if (mayReuse) {
            Map<String, Object> last = new LinkedHashMap<>(recipe.get(recipe.size() - 1));
            last.put(GridCommand.ANEW.name(), true);
            recipe.set(recipe.size() - 1, last);
        }
        return recipe;
    }

    /** The files of a demo model or data set or of the user's; those of the hub are told by their commit. */
    static Map<String, Path> here(String kind, String of, Session session) {
        boolean isDemo = session.home().models().contains(of)
                || session.home().dataSets().contains(of);
        if (!isDemo && !UserPath.exists(of)) {
            return Map.of();
        }
        return kind.equals(FileNote.DATA)
                ? session.shelf().dataFiles(of)
                : ModelFolder.modelFiles(session.home().model(of).orElseGet(() -> UserPath.of(of)));
    }
}
