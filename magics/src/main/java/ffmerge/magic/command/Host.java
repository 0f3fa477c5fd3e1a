package ffmerge.magic.command;

import ffmerge.Progress;
import ffmerge.result.Result;
import java.util.Optional;

/** What a command needs of the notebook it runs in. */
public interface Host {
    Progress progress();

    /** The value of a Java variable of the notebook, if there is one of this name. */
    Optional<Object> variable(String name);

    /** Gives a Java variable of the notebook a value, under the value's own public type. */
    void bind(String name, Object value);

    /** Says something beside the result, in one line. */
    void notice(String line);

    /** Shows a result: of a step of a recipe. */
    void show(String command, Result result);

    /**
     * Runs a recipe, each step of which shows its own result.
     *
     * @throws ffmerge.UserError if a step is not as it should be; then none is run
     */
    Result recipe(String yaml);

    /** Shows how a result stands so far, in place of what it showed before; calls that come too fast are left out. */
    void live(String command, Result result);
}
