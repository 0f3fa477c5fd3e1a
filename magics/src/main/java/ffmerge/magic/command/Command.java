package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.result.DryRun;
import ffmerge.result.Result;
import ffmerge.shrink.Ways;
import java.util.List;
import java.util.Optional;

/** A command of the notebook's language. {@link Commands} lists those that there are. */
public interface Command {
    CommandSpec spec();

    /** The kind of its results, but for dry runs. */
    Class<? extends Result> result();

    /** Whether a result is of a kind that it gives. */
    default boolean gives(Result result) {
        return result().isInstance(result) || result instanceof DryRun;
    }

    /** Whether the command itself gives {@code --as} its value; else that is the result. */
    default boolean binds(Arguments arguments) {
        return spec().makes() == CommandSpec.Makes.MODEL;
    }

    /** The command where these are the ways to shrink that can be named. */
    default Command over(Ways known) {
        return this;
    }

    /**
     * Checks what its words alone tell, whatever the models are: of all steps of a recipe before the first is run.
     *
     * @throws UserError if they can't be meant
     */
    default void check(Arguments arguments, Session session) {
        boolean isNamed = arguments.has(Options.AS_MODEL) || arguments.get(Options.DRY_RUN);
        if (spec().makes() == CommandSpec.Makes.MODEL && !isNamed) {
            Options.newModel(arguments);
        }
    }

    /** The name that what it makes will have. */
    default Optional<String> made(Arguments arguments, Host host) {
        return arguments.given(Options.AS_RESULT);
    }

    /** The models that are gone when it is done. */
    default List<String> unloaded(Arguments arguments) {
        return List.of();
    }

    /**
     * Runs the command.
     *
     * @return what is shown, bound and logged
     * @throws UserError if the arguments are not as they should be
     */
    Result run(Arguments arguments, Session session, Host host);
}
