package ffmerge.magic;

import ffmerge.UserError;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Host;
import java.util.function.Predicate;

/** The name that {@code --as} gives to what a command makes. */
final class NewName {
    private NewName() {}

    /**
     * @param isModel whether a model has this name when the command comes
     * @throws UserError if no variable can have this name, or a model has it, which would then be two things
     */
    static void require(String name, CommandSpec spec, Predicate<String> isModel, Host host) {
        host.requireName(name);
        if (spec.makes() == CommandSpec.Makes.RESULT && isModel.test(name)) {
            throw new UserError("'" + name + "' is a model's name; give the result of " + spec.name()
                    + " another: --as " + name + "Result");
        }
    }
}
