package ffmerge.table;

import ffmerge.result.CompressionResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tech.tablesaw.api.Table;

/** What became of each layer that was merged or dropped. */
final class CompressionTable {
    private record Line(String stack, int layer, String became, double matchedCorrelation) {}

    private CompressionTable() {}

    static Table of(CompressionResult result) {
        List<Line> lines = new ArrayList<>();
        for (CompressionResult.Group group : result.groups()) {
            for (int layer : group.layers()) {
                String became = layer == group.anchor() ? "anchor" : "merged with layer " + group.anchor();
                lines.add(new Line(group.stack(), layer, became, matched(result, group.stack(), layer)));
            }
        }
        if (result.groups().isEmpty()) {
            result.layers()
                    .forEach((stack, layers) ->
                            layers.forEach(layer -> lines.add(new Line(stack, layer, "dropped", Double.NaN))));
        }
        Columns<Line> columns = new Columns<>("layers of " + result.result(), lines)
                .text("stack", Line::stack)
                .count("layer", Line::layer)
                .text("became", Line::became);
        if (!result.matchedCorrelation().isEmpty()) {
            columns.numbers("matched correlation", "#,##0.00", Line::matchedCorrelation);
        }
        return columns.table();
    }

    private static double matched(CompressionResult result, String stack, int layer) {
        return result.matchedCorrelation()
                .getOrDefault(stack, Map.of())
                .getOrDefault(String.valueOf(layer), Double.NaN);
    }
}
