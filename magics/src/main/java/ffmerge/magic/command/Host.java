package ffmerge.magic.command;

import ffmerge.Progress;
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

    /** Shows a result before the command has ended: a step of a recipe. */
    void show(ffmerge.study.Result result);
}
