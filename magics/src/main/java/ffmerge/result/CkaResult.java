package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * CKA between all sublayers of one kind.
 *
 * @param site {@code feed-forward} or {@code attention}
 * @param tokens over how many tokens; of the stack that had most, where stacks differ
 * @param stacks by stack, layer by layer
 * @param data that the tokens are of; empty where it isn't known, as of a matrix by itself
 * @param split of the data
 * @param tokensByStack by stack
 * @param context how many tokens a block of text has that is read at once; null where examples are read one by one
 * @param scale of the picture's colours
 * @param precision of products; null for float32
 */
public record CkaResult(
        String model,
        String site,
        int tokens,
        Map<String, double[][]> stacks,
        String data,
        String split,
        Map<String, Integer> tokensByStack,
        @JsonInclude(JsonInclude.Include.NON_NULL) Integer context,
        @JsonIgnore Scale scale,
        @JsonInclude(JsonInclude.Include.NON_NULL) String precision)
        implements Result {
    /** What the colours of a picture span. */
    public enum Scale {
        /** From 0 to 1, so that pictures can be set side by side. */
        FULL,
        /** What the values between different layers span, so that these can be told apart. */
        OFF_DIAGONAL;

        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Drawn on the full scale. */
    public CkaResult(
            String model,
            String site,
            int tokens,
            Map<String, double[][]> stacks,
            String data,
            String split,
            Map<String, Integer> tokensByStack,
            Integer context) {
        this(model, site, tokens, stacks, data, split, tokensByStack, context, Scale.FULL, null);
    }

    /** Says which pairs of layers are meant, the first of them before the second. */
    @FunctionalInterface
    public interface Pairs {
        boolean include(int first, int second);
    }

    /** The mean similarity of pairs of layers of a stack: {@code mean("decoder", (a, b) -> b == a + 1)} of neighbours. */
    public double mean(String stack, Pairs pairs) {
        double[][] values = stacks.get(stack);
        double sum = 0;
        int count = 0;
        for (int first = 0; first < values.length; first++) {
            for (int second = first + 1; second < values.length; second++) {
                if (pairs.include(first, second)) {
                    sum += values[first][second];
                    count++;
                }
            }
        }
        return sum / count;
    }

    /** Of what is known by its name alone, all stacks over as many tokens. */
    public static CkaResult of(String model, String site, int tokens, Map<String, double[][]> stacks) {
        Map<String, Integer> tokensByStack = new LinkedHashMap<>();
        stacks.keySet().forEach(stack -> tokensByStack.put(stack, tokens));
        return new CkaResult(model, site, tokens, stacks, "", "", tokensByStack, null);
    }
}
