package ffmerge.magic.command;

import ffmerge.result.Result;
import ffmerge.workload.Reporter;
import java.util.Optional;

/** What a command needs of the notebook it runs in. */
public interface Host extends Reporter {
    /**
     * The value of a Java variable of the notebook, if there is one of this name; or of an expression in braces.
     *
     * @throws ffmerge.UserError if an expression can't be evaluated
     */
    Optional<Object> variable(String name);

    /** Gives a Java variable of the notebook a value, under the value's own public type. */
    void bind(String name, Object value);

    /**
     * Checks a name before the work whose result is to have it.
     *
     * @throws ffmerge.UserError if this can't be a Java variable's name, or would hide a class or package
     */
    default void requireName(String name) {
        JavaName.require(name);
    }

    /** Forgets a value that is of no use any more: the Java variables that hold it hold null. */
    default void release(Object value) {}

    /** Shows a result: of a step of a recipe. */
    void show(String command, Result result);

    /** Shows a result, but for its picture. */
    default void showBriefly(String command, Result result) {
        show(command, result);
    }

    /** Says which step of a recipe comes now. */
    default void heading(String line) {}

    /**
     * Runs a recipe, each step of which shows its own result.
     *
     * @throws ffmerge.UserError if a step is not as it should be; then none is run
     */
    Result recipe(String yaml);

    /** Shows how a result stands so far, in place of what it showed before; calls that come too fast are left out. */
    void live(String command, Result result);
}
