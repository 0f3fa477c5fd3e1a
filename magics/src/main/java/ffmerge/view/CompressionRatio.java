package ffmerge.view;

import ffmerge.result.CompareResult;
import ffmerge.result.CompareResult.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * The sizes at which the paper sets its methods side by side (Figures 2 and 3): a sixth, a third and half of the sets of FF
 * weights gone, and all but one.
 */
final class CompressionRatio {
    private static final List<Integer> PARTS = List.of(6, 3, 2);

    private CompressionRatio() {}

    /** @return empty where so many of so many are none of these shares */
    static Optional<String> of(int removed, int all) {
        if (removed > 0 && all > 2 && removed == all - 1) {
            return Optional.of("all but one");
        }
        return PARTS.stream()
                .filter(part -> removed > 0 && removed * part == all)
                .map(part -> "1/" + part)
                .findFirst();
    }

    /**
     * The labels of an axis over models that have those sizes: the place in percent, and the share; and the percentage alone
     * where the other models stand. In the order of the models, as where two lie near each other the first is labelled.
     *
     * @param x where a model stands
     * @return empty where none of them has such a size
     */
    static Map<Double, String> places(CompareResult result, List<Row> rows, Row whole, ToDoubleFunction<Row> x) {
        Map<Double, String> named = new LinkedHashMap<>();
        Map<Double, String> others = new LinkedHashMap<>();
        for (Row row : rows) {
            double place = x.applyAsDouble(row);
            String percent = String.format(Locale.ROOT, "%.1f", place).replaceFirst("\\.0$", "");
            Optional<String> ratio = share(result, row, whole);
            ratio.ifPresentOrElse(
                    share -> named.putIfAbsent(place, percent + " (" + share + ")"), () -> others.put(place, percent));
        }
        if (named.isEmpty()) {
            return Map.of();
        }
        others.forEach(named::putIfAbsent);
        return named;
    }

    private static Optional<String> share(CompareResult result, Row row, Row whole) {
        Integer left = result.feedForwards().get(row.model());
        Integer all = result.feedForwards().get(whole.model());
        return left == null || all == null ? Optional.empty() : of(all - left, all);
    }
}
