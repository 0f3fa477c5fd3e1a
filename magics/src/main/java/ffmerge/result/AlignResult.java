package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * How the units of one FF sublayer go with another's.
 *
 * @param layers the anchor and the layer that is reordered
 * @param permutation unit {@code permutation[j]} of the second goes with unit j of the first
 * @param protocol by which they were matched
 * @param data whose activations they were matched by; null where weights alone were looked at
 * @param split of the data; null where there is none
 * @param tokens how many activations
 * @param context how many tokens a block of text has that is read at once; null where examples are read one by one
 */
public record AlignResult(
        String model,
        String stack,
        List<Integer> layers,
        double identityCorrelation,
        double matchedCorrelation,
        int[] permutation,
        String protocol,
        @JsonInclude(JsonInclude.Include.NON_NULL) String data,
        @JsonInclude(JsonInclude.Include.NON_NULL) String split,
        long tokens,
        @JsonInclude(JsonInclude.Include.NON_NULL) Integer context)
        implements Result {}
