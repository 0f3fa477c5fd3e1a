package ffmerge.study;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/**
 * A model's quality on a split.
 *
 * @param also further measures by name, in the unit of the value
 * @param examples how many windows, images or sentences were measured
 */
public record EvalResult(
        String model,
        String metric,
        double value,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> also,
        String data,
        String split,
        long examples,
        double seconds,
        double tokensPerSecond)
        implements Result {}
