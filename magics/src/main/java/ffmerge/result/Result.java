package ffmerge.result;

import ffmerge.Measure;
import java.util.List;

/**
 * What a command found, as a record whose fields are the result's JSON. Everything that is shown, bound to a variable or
 * logged is one of these.
 */
public interface Result {
    /** Of the values that it holds. */
    default List<Measure> measures() {
        return List.of();
    }
}
