package ffmerge.magic.command;

import ffmerge.Nearest;
import ffmerge.UserError;
import java.io.File;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the texts of options' values; what can't be meant is refused under the option's name. */
final class OptionValues {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,6})\\s*([mMgG])(?:i?[bB])?");
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    private OptionValues() {}

    /** @throws UserError if the text is none of the choices */
    static String choice(String name, String text, List<String> choices) {
        if (!choices.contains(text)) {
            throw new UserError("--" + name + " is " + String.join(", ", choices) + "; '" + text + "' isn't"
                    + Nearest.hint(text, choices));
        }
        return text;
    }

    /** @throws UserError if the text is no whole number or below {@code least} */
    static int whole(String name, String text, int least) {
        try {
            int value = Math.toIntExact(Long.parseLong(text.replace("_", "")));
            if (value >= least) {
                return value;
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // said below
        }
        throw new UserError("--" + name + " is a whole number of at least " + least + "; '" + text + "' isn't");
    }

    /**
     * A share as people write it, {@code 0.25} or {@code 1/3}.
     *
     * @throws NumberFormatException if the text is neither
     */
    static double share(String text) {
        int slash = text.indexOf('/');
        return slash < 0
                ? Double.parseDouble(text)
                : Double.parseDouble(text.substring(0, slash)) / Double.parseDouble(text.substring(slash + 1));
    }

    /**
     * The same of what is rounded down: there is no exact number for a third, so the one above it is taken, by which a third
     * of twelve are four and not three.
     *
     * @throws NumberFormatException if the text is neither
     */
    static double shareFromAbove(String text) {
        double share = share(text);
        int slash = text.indexOf('/');
        if (slash < 0) {
            return share;
        }
        BigDecimal part = new BigDecimal(text.substring(0, slash).strip());
        BigDecimal whole = new BigDecimal(text.substring(slash + 1).strip());
        if (whole.signum() <= 0 || part.signum() < 0) {
            throw new NumberFormatException(text);
        }
        return BigDecimal.valueOf(share).multiply(whole).compareTo(part) < 0 ? Math.nextUp(share) : share;
    }

    /** @throws UserError if the text is no finite number of at least 0 */
    static double number(String name, String text) {
        try {
            double value = Double.parseDouble(text);
            if (Double.isFinite(value) && value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UserError("--" + name + " is a number of at least 0; '" + text + "' isn't");
    }

    /**
     * Bytes.
     *
     * @throws UserError if the text is no size
     */
    static long size(String name, String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw new UserError("--" + name + " is a size such as 500MB or 8GB; '" + text + "' isn't");
        }
        return Long.parseLong(size.group(1)) * (size.group(2).equalsIgnoreCase("G") ? GIB : MIB);
    }

    /** A value as it would be typed, such as {@code 2,5} for a list; empty where it can't be. */
    static Optional<String> text(Object value) {
        if (value instanceof int[] numbers) {
            return Optional.of(Arrays.stream(numbers).mapToObj(String::valueOf).collect(Collectors.joining(",")));
        }
        if (value instanceof Collection<?> items) {
            List<String> texts = items.stream()
                    .map(OptionValues::text)
                    .flatMap(Optional::stream)
                    .toList();
            return texts.size() == items.size() ? Optional.of(String.join(",", texts)) : Optional.empty();
        }
        boolean isText = value instanceof String
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof Character
                || value instanceof Enum<?>
                || value instanceof Path
                || value instanceof File;
        return isText ? Optional.of(value.toString()) : Optional.empty();
    }

    /**
     * The items of one value: {@code permute,none}.
     *
     * @throws UserError if there are none
     */
    static List<String> items(String name, String text) {
        List<String> items = Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
        if (items.isEmpty()) {
            throw new UserError("--" + name + " is a list joined by commas; '" + text + "' names nothing");
        }
        return items;
    }

    /**
     * What a list names, each once: whoever names something twice meant something else.
     *
     * @param where the list stands, as a person would say it
     * @throws UserError if something is named twice
     */
    static <T> List<T> distinct(String where, List<T> named) {
        Set<T> seen = new HashSet<>();
        for (T one : named) {
            if (!seen.add(one)) {
                throw new UserError(where + " names " + one + " twice");
            }
        }
        return named;
    }

    /** Bytes as they are written. */
    static String size(long bytes) {
        return bytes % GIB == 0 ? bytes / GIB + "GB" : bytes / MIB + "MB";
    }
}
