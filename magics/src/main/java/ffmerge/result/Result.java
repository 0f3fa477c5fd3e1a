package ffmerge.result;

import ffmerge.Measure;
import java.util.List;

/**
 * What a command found, as a record whose fields are the result's JSON. Everything that is shown, bound to a variable or
 * logged is one of these.
 */
public interface Result {
    /** What it says of models' quality, for the log. */
    default List<Measurement> measurements() {
        return List.of();
    }

    /** Of the values that it holds. */
    default List<Measure> measures() {
        return measurements().stream().map(Measurement::metric).distinct().toList();
    }
}
