package ffmerge.table;

import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.result.SweepResult.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tech.tablesaw.api.Table;

/** A sweep as one row a window, or one row a window and method. */
final class SweepTable {
    private record Line(Map<String, List<Integer>> layers, Map<String, Double> byMethod) {
        double value(String method) {
            return byMethod.getOrDefault(method, Double.NaN);
        }
    }

    private SweepTable() {}

    /** The methods side by side. */
    static Table windows(SweepResult result) {
        Map<Map<String, List<Integer>>, Line> lines = new LinkedHashMap<>();
        for (Row row : result.rows()) {
            lines.computeIfAbsent(row.layers(), layers -> new Line(layers, new LinkedHashMap<>()))
                    .byMethod()
                    .put(row.method(), row.value());
        }
        Columns<Line> columns = new Columns<>(result.metric().title(), List.copyOf(lines.values()))
                .text("window", line -> Labels.layers(line.layers()));
        for (String method : result.rows().stream().map(Row::method).distinct().toList()) {
            columns.metricIfAny(result.metric(), result.method(method).title(), line -> line.value(method));
        }
        return columns.table();
    }

    /** Everything that is known of a window. */
    static Table rows(SweepResult result) {
        return new Columns<>("sweep", result.rows())
                .text("method", Row::method)
                .text("window", row -> Labels.layers(row.layers()))
                .count("first layer", Row::start)
                .metric(result.metric(), result.metric().title(), Row::value)
                .metric(result.metric(), "change", row -> row.value() - result.baseline())
                .numbers("matched correlation, mean of a layer", "#,##0.00", SweepTable::meanMatched)
                .count("parameters removed", Row::parametersRemoved)
                .numbers("seconds", "#,##0.00", Row::seconds)
                .table();
    }

    private static double meanMatched(Row row) {
        return row.matchedCorrelation().values().stream()
                .flatMap(layers -> layers.values().stream())
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(Double.NaN);
    }
}
