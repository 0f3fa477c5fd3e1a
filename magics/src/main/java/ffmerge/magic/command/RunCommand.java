package ffmerge.magic.command;

import ffmerge.FileKind;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.data.TextFiles;
import ffmerge.result.RecipeResult;
import ffmerge.result.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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
                "runs a recipe: a YAML file with the steps of an experiment",
                "%ffmerge run experiment.yaml",
                CommandSpec.Makes.RESULT,
                List.of());
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
        return host.recipe(TextFiles.read(file));
    }
}
