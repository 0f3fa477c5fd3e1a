package ffmerge.table;

import ffmerge.result.CkaResult;
import java.util.ArrayList;
import java.util.List;
import tech.tablesaw.api.Table;

/** Similarities layer by layer; stacks, where there are several, one below the other. */
final class CkaTable {
    private record Line(String stack, int layer, double[] values) {
        double value(int other) {
            return other < values.length ? values[other] : Double.NaN;
        }
    }

    private CkaTable() {}

    static Table of(CkaResult result) {
        List<Line> lines = new ArrayList<>();
        int most = 0;
        for (String stack : result.stacks().keySet()) {
            double[][] values = result.stacks().get(stack);
            for (int layer = 0; layer < values.length; layer++) {
                lines.add(new Line(stack, layer, values[layer]));
            }
            most = Math.max(most, values.length);
        }
        Columns<Line> columns = new Columns<>("similarity", lines);
        if (result.stacks().size() > 1) {
            columns.text("stack", Line::stack);
        }
        columns.count("layer", Line::layer);
        for (int layer = 0; layer < most; layer++) {
            int other = layer;
            columns.numbers(String.valueOf(layer), "0.00", line -> line.value(other));
        }
        return columns.table();
    }
}
