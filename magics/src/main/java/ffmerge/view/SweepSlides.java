package ffmerge.view;

import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.result.SweepResult.Method;
import ffmerge.result.SweepResult.Row;
import ffmerge.table.Columns;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/** A sweep's windows one by one: each marked in the chart, with what it saves and how well its units match. */
final class SweepSlides {
    private SweepSlides() {}

    /** In the order in which the windows were swept. */
    static List<Slide> of(SweepResult result) {
        return windows(result).stream()
                .map(layers -> new Slide(
                        "window " + Labels.layers(layers),
                        () -> charts(result, layers),
                        () -> tables(
                                result,
                                result.rows().stream()
                                        .filter(row -> row.layers().equals(layers))
                                        .toList())))
                .toList();
    }

    /** The slide to begin with: the best window's; the first one where none is the best. */
    static int best(SweepResult result) {
        return result.best() == null
                ? 0
                : Math.max(0, windows(result).indexOf(result.best().layers()));
    }

    private static List<Map<String, List<Integer>>> windows(SweepResult result) {
        return result.rows().stream().map(Row::layers).distinct().toList();
    }

    private static List<? extends Chart<?, ?>> charts(SweepResult result, Map<String, List<Integer>> layers) {
        return result.lengths().size() > 1
                ? WindowMaps.of(result, layers)
                : List.of(
                        SweepChart.of(result, layers.values().iterator().next().get(0)));
    }

    private static List<Table> tables(SweepResult result, List<Row> rows) {
        List<Table> tables = new ArrayList<>(List.of(values(result, rows)));
        if (rows.stream().anyMatch(row -> !row.matchedCorrelation().isEmpty())) {
            tables.add(matched(result, rows));
        }
        return tables;
    }

    private static Table values(SweepResult result, List<Row> rows) {
        Columns<Row> columns = new Columns<>("window", rows)
                .text("method", row -> result.method(row.method()).title())
                .metric(result.metric(), result.metric().title(), Row::value);
        if (rows.stream().anyMatch(row -> row.interval() != null)) {
            columns.text("95 % interval", row -> Labels.interval(result.metric(), row.interval()));
        }
        return columns.metric(result.metric(), "change", row -> row.value() - result.baseline())
                .count("parameters removed", Row::parametersRemoved)
                .text("bytes removed", row -> Labels.bytes(row.bytesRemoved()))
                .table();
    }

    /** A layer of a stack, named with the stack where there are several. */
    private record Layer(String stack, String number) {
        String title(boolean isOnly) {
            return isOnly ? number : stack + " " + number;
        }
    }

    private static Table matched(SweepResult result, List<Row> rows) {
        Set<Layer> layers = new LinkedHashSet<>();
        rows.forEach(row -> row.matchedCorrelation()
                .forEach((stack, own) -> own.keySet().forEach(number -> layers.add(new Layer(stack, number)))));
        boolean oneStack = layers.stream().map(Layer::stack).distinct().count() == 1;
        List<Row> matching =
                rows.stream().filter(row -> !row.matchedCorrelation().isEmpty()).toList();
        Columns<Layer> columns =
                new Columns<>("matched", List.copyOf(layers)).text("layer", layer -> layer.title(oneStack));
        for (Row row : matching) {
            Method method = result.method(row.method());
            String name = Labels.matched(method.options().get("features"))
                    + (matching.size() == 1 ? "" : ", " + method.title());
            columns.numbers(
                    name,
                    "#,##0.00",
                    layer -> row.matchedCorrelation()
                            .getOrDefault(layer.stack(), Map.of())
                            .getOrDefault(layer.number(), Double.NaN));
        }
        return columns.table();
    }
}
