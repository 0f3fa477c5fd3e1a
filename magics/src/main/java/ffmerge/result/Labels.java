package ffmerge.result;

import ffmerge.Counted;
import ffmerge.Measure;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** How a reader is told of methods, layers and values, so that a table, a chart and a sentence use the same words. */
public final class Labels {
    private Labels() {}

    /** In what precision products were done, behind a sentence; nothing of float32. */
    public static String precision(String precision) {
        return precision == null ? "" : " Products are in " + precision + ".";
    }

    /**
     * What units were matched by.
     *
     * @param features as they are typed, {@code up}; of {@code weights} there are products, which are no correlations
     */
    public static String matched(Object features) {
        return isOfWeights(features) ? "matched weight products" : "matched correlation";
    }

    /** What a reader of such a number is to know. */
    public static String matchedIsASum(Object features) {
        return isOfWeights(features)
                ? "Matched weight products are summed over the units of a sublayer: larger weights give more, so that"
                        + " numbers of different layers or models don't compare."
                : "A matched correlation is a sum over the units of a sublayer, not a correlation between -1 and 1.";
    }

    /** Whether units are matched by their weights, for which no data is needed. */
    public static boolean isOfWeights(Object features) {
        return "weights".equals(features);
    }

    /** Layers as they are typed: {@code 3-8} where they are adjacent, else {@code 2,5,7}. */
    public static String layers(List<Integer> layers) {
        int first = layers.isEmpty() ? 0 : layers.get(0);
        int last = layers.isEmpty() ? 0 : layers.get(layers.size() - 1);
        if (layers.size() > 1 && last - first == layers.size() - 1) {
            return first + "-" + last;
        }
        return layers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** The option that names these layers: {@code --window 3-8} or {@code --layers 2,5,7}. */
    public static String option(List<Integer> layers) {
        String typed = layers(layers);
        return (typed.contains("-") ? "--window " : "--layers ") + typed;
    }

    /** Layers by stack: the stacks are named only where they differ in their layers. */
    public static String layers(Map<String, List<Integer>> byStack) {
        Set<List<Integer>> distinct = new LinkedHashSet<>(byStack.values());
        if (distinct.size() == 1) {
            return layers(distinct.iterator().next());
        }
        return byStack.entrySet().stream()
                .map(e -> e.getKey() + " " + layers(e.getValue()))
                .collect(Collectors.joining(", "));
    }

    /** Of windows: {@code 6 layers}, {@code 4, 6 and 8 layers}. */
    public static String lengths(List<Integer> lengths) {
        int last = lengths.size() - 1;
        String all = last == 0
                ? lengths.get(0).toString()
                : lengths.subList(0, last).stream().map(String::valueOf).collect(Collectors.joining(", ")) + " and "
                        + lengths.get(last);
        return all + (lengths.equals(List.of(1)) ? " layer" : " layers");
    }

    /** A metric's value with its usual digits: a share in percent. */
    public static String value(Measure metric, double value) {
        return metric.isShare() && Double.isFinite(value) ? percent(value) : number(value);
    }

    /** From which value to which. */
    public static String interval(Measure metric, Interval interval) {
        return interval == null ? "" : value(metric, interval.low()) + " to " + value(metric, interval.high());
    }

    /**
     * How a value differs from another: {@code +3.51 (2.90 to 4.12) to base, p < 0.001}.
     *
     * @param examples that both were measured on
     */
    public static String difference(Measure metric, Difference difference, long examples) {
        String p = chance(difference.p(), examples);
        return signed(metric, difference) + " (" + interval(metric, difference.interval()) + ") to " + difference.to()
                + ", p " + (Character.isDigit(p.charAt(0)) ? "= " : "") + p;
    }

    /** A difference's value with its sign. */
    public static String signed(Measure metric, Difference difference) {
        return signed(metric, difference.value());
    }

    public static String signed(Measure metric, double difference) {
        return (difference > 0 ? "+" : "") + value(metric, difference);
    }

    /** A chance, as tables have it. */
    public static String chance(double p) {
        return p < 0.001 ? "< 0.001" : String.format(Locale.ROOT, "%.3f", p);
    }

    /** A chance found by so many examples: {@code ≥ 0.125} where it is less than so few can show. */
    public static String chance(double p, long examples) {
        double least = FewExamples.least(p, examples);
        return (least > p ? "≥ " : "") + chance(least);
    }

    /** A number with two digits. */
    public static String number(double value) {
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
        }
        return String.format(Locale.ROOT, "%,.2f", value);
    }

    /** How many of something: {@code 613 windows}, {@code 1 window}. */
    public static String counted(long count, String plural) {
        return Counted.of(count, plural);
    }

    /** What a value was measured on, behind the data's name: {@code test (613 windows)}. */
    public static String sample(String split, long examples, Measure metric) {
        return split + " (" + counted(examples, metric.examples()) + ")";
    }

    /** A protocol in brackets or between commas: said where it is not our own. */
    public static String protocol(String protocol) {
        return protocol == null || protocol.equals("ours") ? "" : ", protocol " + protocol;
    }

    /** Behind a number of tokens: in what blocks they are read; nothing where examples are read one by one. */
    public static String blocks(Integer context) {
        return context == null ? "" : ", in blocks of " + count(context);
    }

    public static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** A share as a person would type it: {@code 0.1}, of a sixth {@code 0.1667}. */
    public static String share(double share) {
        return String.valueOf(Math.round(1e4 * share) / 1e4);
    }

    /** A share of 1 in percent. */
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    /** A size in decimal units, as disks and model cards have it. */
    public static String bytes(long bytes) {
        String[] units = {"kB", "MB", "GB", "TB"};
        double size = bytes / 1e3;
        int unit = 0;
        while (size >= 999.95 && unit < units.length - 1) {
            size /= 1e3;
            unit++;
        }
        return bytes < 1000 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f %s", size, units[unit]);
    }

    /** A time as a person says it. */
    public static String duration(double seconds) {
        if (seconds < 10) {
            return String.format(Locale.ROOT, seconds < 0.1 ? "%.3f s" : "%.1f s", seconds);
        }
        if (seconds < 90) {
            return Math.round(seconds) + " s";
        }
        long minutes = Math.round(seconds / 60);
        return minutes < 90 ? minutes + " min" : minutes / 60 + " h " + minutes % 60 + " min";
    }
}
