package ffmerge.magic;

import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Option;
import ffmerge.magic.command.Options;
import ffmerge.result.Result;
import ffmerge.view.Views;
import java.nio.file.Path;
import java.util.Optional;

/** Where a result is written beside being shown: what {@code --out} names. */
interface ResultOutput {
    /** @throws ffmerge.UserError if it can't be written, or the result has nothing of this form */
    void write(String command, Result result);

    /** The file that says whether a result was written here before. */
    Path told();

    /**
     * Checks what can be checked before the work begins, as nobody wants to hear of a wrong name an hour later.
     *
     * @return empty where none is named
     * @throws ffmerge.UserError if the result can't be written there
     */
    static Optional<ResultOutput> of(Command command, Arguments arguments, Views views) {
        CommandSpec spec = command.spec();
        return arguments
                .given(Options.OUT)
                .map(named -> isFolder(spec, named)
                        ? ResultFolder.of(named, views)
                        : ResultFile.of(named, spec.name(), command.result(), views));
    }

    /** Whether a folder is meant: by a name without the ending of a form, where the command can fill one. */
    static boolean isFolder(CommandSpec spec, String named) {
        boolean canBe = spec.option(Options.OUT.name())
                .filter(option -> option.names() == Option.Names.OUTPUT_FOLDER)
                .isPresent();
        return canBe && ResultFile.Form.of(named).isEmpty();
    }
}
