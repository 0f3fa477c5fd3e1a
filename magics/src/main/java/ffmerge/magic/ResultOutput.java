package ffmerge.magic;

import ffmerge.UserError;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Option;
import ffmerge.magic.command.Options;
import ffmerge.magic.command.PaperWidth;
import ffmerge.result.Result;
import ffmerge.view.Views;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** Where a result is written beside being shown: what {@code --out} names. */
interface ResultOutput {
    /** @throws ffmerge.UserError if it can't be written, or the result has nothing of this form */
    void write(String command, Result result);

    /**
     * Writes beside the result how it is had again; where there is no room beside it, nothing.
     *
     * @param recipe its steps in YAML, as {@code run} takes them
     */
    default void writeRecipe(Supplier<String> recipe) {}

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
        Optional<PaperWidth> width = arguments.given(Options.WIDTH);
        if (width.isPresent() && !arguments.has(Options.OUT)) {
            throw new UserError(
                    "--width says how wide the picture of --out is: name its file, as --out " + spec.name() + ".pdf");
        }
        return arguments.given(Options.OUT).map(named -> {
            if (isFolder(spec, named)) {
                return ResultFolder.of(named, views, width);
            }
            ResultFile file = ResultFile.of(named, spec.name(), command.result(), views);
            return width.map(file::ofWidth).orElse(file);
        });
    }

    /** Whether a folder is meant: by a name without the ending of a form, where the command can fill one. */
    static boolean isFolder(CommandSpec spec, String named) {
        boolean canBe = spec.option(Options.OUT.name())
                .filter(option -> option.names() == Option.Names.OUTPUT_FOLDER)
                .isPresent();
        return canBe && ResultFile.Form.of(named).isEmpty();
    }
}
