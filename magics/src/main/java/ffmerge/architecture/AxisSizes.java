package ffmerge.architecture;

import com.fasterxml.jackson.annotation.JsonCreator;
import ffmerge.UserError;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How long a family's named axes are. An axis has one or several expressions, of which the first counts whose keys the
 * config holds: sums of products, {@code 1+rows*columns}, worked out from left to right, where {@code /} leaves out the
 * remainder. What they are made of:
 *
 * <ul>
 *   <li>{@code 3}: a number;
 *   <li>{@code rows}: another axis;
 *   <li>{@code n_embd}: a key of the config; {@code vision_config.hidden_size} is one of an object in it;
 *   <li>{@code image_size[1]}: one of the numbers of a key that holds a list, or its number where it holds but one;
 *   <li>{@code count(id2label)}: how many entries a key's object or list has.
 * </ul>
 *
 * <p>{@code if use_swiglu_ffn: rows} counts where that flag is set, whatever keys the config holds.
 *
 * @param expressions by the axis's name
 */
record AxisSizes(Map<String, List<String>> expressions) {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    AxisSizes {}

    /** Beyond this a config is damaged, and building its tables would exhaust the memory. */
    private static final long LONGEST_AXIS = 1 << 24;

    private static final Pattern KEY = Pattern.compile("([\\w.]+?)(?:\\[(\\d)])?");
    private static final Pattern CONDITIONAL = Pattern.compile("if (\\w+): (.+)");
    private static final Pattern COUNT = Pattern.compile("count\\((\\w+)\\)");
    private static final Pattern FACTOR = Pattern.compile("([*/]?)([^*/]+)");

    /**
     * These sizes, with some that a stack has for itself.
     *
     * @param own null where there are none
     */
    AxisSizes with(AxisSizes own) {
        if (own == null) {
            return this;
        }
        Map<String, List<String>> all = new HashMap<>(expressions);
        all.putAll(own.expressions);
        return new AxisSizes(all);
    }

    /** @throws UserError if the config lacks the axis's keys or they hold no sizes */
    long of(String axis, ModelConfig config) {
        List<String> choices = expressions.get(axis);
        if (choices == null) {
            throw new UserError("the table of the model_type '" + config.modelType() + "' gives no size for the axis '"
                    + axis + "'");
        }
        for (String choice : choices.subList(0, choices.size() - 1)) {
            Matcher conditional = CONDITIONAL.matcher(choice);
            boolean isConditional = conditional.matches();
            if (isConditional && config.flag(conditional.group(1), false)) {
                return sum(conditional.group(2), config);
            }
            if (!isConditional && isGiven(choice, config)) {
                return sum(choice, config);
            }
        }
        return sum(choices.get(choices.size() - 1), config);
    }

    /** The key that is looked at first for an axis, which is to be no more than a key. */
    String key(String axis) {
        String first = expressions.get(axis).get(0);
        if (!KEY.matcher(first).matches()) {
            throw new IllegalStateException("the family's table has no key for the axis '" + axis + "'");
        }
        return first;
    }

    /** What is looked at last for an axis. */
    String lastKey(String axis) {
        List<String> choices = expressions.get(axis);
        return choices.get(choices.size() - 1);
    }

    private static boolean isGiven(String expression, ModelConfig config) {
        for (String atom : expression.split("[+*/]")) {
            Matcher count = COUNT.matcher(atom);
            String key = count.matches() ? count.group(1) : atom.replaceFirst("\\[\\d]$", "");
            if (!key.matches("\\d+") && !config.has(key)) {
                return false;
            }
        }
        return true;
    }

    private long sum(String expression, ModelConfig config) {
        long sum = 0;
        for (String product : expression.split("\\+")) {
            sum += product(product, config);
        }
        return requireReasonable(sum, expression, config);
    }

    private long product(String expression, ModelConfig config) {
        long product = 1;
        Matcher factor = FACTOR.matcher(expression);
        while (factor.find()) {
            long value = atom(factor.group(2), config);
            // no factor exceeds 2³¹ and no product so far 2²⁴: nothing overflows
            product = factor.group(1).equals("/") ? product / value : product * value;
            requireReasonable(product, expression, config);
        }
        return product;
    }

    private long requireReasonable(long size, String expression, ModelConfig config) {
        if (size > 0 && size <= LONGEST_AXIS) {
            return size;
        }
        String key = keys(expression)
                .filter(config::has)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the size " + expression + " of the family's table"));
        throw new UserError(config.source() + ": '" + key + "' is " + config.value(key) + ", too "
                + (size <= 0 ? "small" : "large") + " to be true");
    }

    /** What an expression, and those of the axes that it names, may read of the config. */
    Stream<String> keys(String expression) {
        return Arrays.stream(expression.replaceAll("\\[\\d]", "").split("[+*/]"))
                .flatMap(atom -> expressions.containsKey(atom)
                        ? expressions.get(atom).stream().flatMap(this::keys)
                        : Stream.of(atom));
    }

    private long atom(String atom, ModelConfig config) {
        if (atom.matches("\\d+")) {
            return Long.parseLong(atom);
        }
        if (expressions.containsKey(atom)) {
            return of(atom, config);
        }
        Matcher count = COUNT.matcher(atom);
        if (count.matches()) {
            return config.count(count.group(1));
        }
        Matcher key = KEY.matcher(atom);
        if (!key.matches()) {
            throw new UserError("the table of the model_type '" + config.modelType() + "' has a size '" + atom
                    + "', which is no number, axis or key");
        }
        return key.group(2) == null
                ? config.size(key.group(1))
                : config.sizeAt(key.group(1), Integer.parseInt(key.group(2)));
    }
}
