package ffmerge.table;

import ffmerge.result.ShrinkResult;
import ffmerge.result.ShrinkResult.Change;
import java.util.Map;
import tech.tablesaw.api.Table;

/** What became of each layer that was changed. */
final class CompressionTable {
    private CompressionTable() {}

    static Table of(ShrinkResult result) {
        Columns<Change> columns = new Columns<>("layers of " + result.result(), result.changes())
                .text("stack", Change::stack)
                .count("layer", Change::layer)
                .text("became", Change::became);
        if (!result.matchedCorrelation().isEmpty()) {
            columns.numbers("matched correlation", "#,##0.00", change -> matched(result, change));
        }
        return columns.table();
    }

    private static double matched(ShrinkResult result, Change change) {
        return result.matchedCorrelation()
                .getOrDefault(change.stack(), Map.of())
                .getOrDefault(String.valueOf(change.layer()), Double.NaN);
    }
}
