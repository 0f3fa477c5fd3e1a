package ffmerge.magic.command;

import ffmerge.result.Result;
import ffmerge.workload.Reporter;
import java.util.Optional;

/** What a command needs of the notebook it runs in. */
public interface Host extends Reporter {
    /** The value of a Java variable of the notebook, if there is one of this name. */
    Optional<Object> variable(String name);

    /** Gives a Java variable of the notebook a value, under the value's own public type. */
    void bind(String name, Object value);

    /** Shows a result: of a step of a recipe. */
    void show(String command, Result result);

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
