package ffmerge.view;

import ffmerge.plot.HeatMap;
import ffmerge.result.CkaResult;
import ffmerge.result.Labels;
import ffmerge.table.Columns;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.knowm.xchart.HeatMapChart;
import tech.tablesaw.api.Table;

/** Similarities layer by layer: stacks, where there are several, below each other in the table and side by side as maps. */
final class CkaView implements View<CkaResult> {
    private record Line(String stack, int layer, double[] values) {
        double value(int other) {
            return other < values.length ? values[other] : Double.NaN;
        }
    }

    @Override
    public Class<CkaResult> type() {
        return CkaResult.class;
    }

    @Override
    public String command(CkaResult result) {
        return "cka";
    }

    @Override
    public String outcome(CkaResult r) {
        String alike = likestNeighbours(r);
        return alike.isEmpty() ? "CKA of one layer" : "most alike " + alike;
    }

    @Override
    public boolean isList(CkaResult result) {
        return true;
    }

    @Override
    public String sentence(CkaResult r) {
        String alike = likestNeighbours(r);
        return (r.model().isEmpty() ? "" : r.model() + ": ") + "CKA of the " + r.site() + " sublayers over "
                + tokens(r) + (r.data().isEmpty() ? "" : " of " + r.data() + " " + r.split())
                + Labels.blocks(r.context())
                + (alike.isEmpty() ? "." : "; the neighbours most alike are " + alike + ".");
    }

    /** Of each stack where they differ. */
    private static String tokens(CkaResult r) {
        boolean alike = r.tokensByStack().values().stream().distinct().count() < 2;
        return alike
                ? Labels.count(r.tokens()) + " tokens"
                : r.tokensByStack().entrySet().stream()
                                .map(e -> Labels.count(e.getValue()) + " " + e.getKey())
                                .collect(Collectors.joining(" and "))
                        + " tokens";
    }

    /** Of each stack; empty where none has neighbours. */
    private static String likestNeighbours(CkaResult r) {
        return r.stacks().entrySet().stream()
                .filter(stack -> stack.getValue().length > 1)
                .map(stack -> likestNeighbours(stack.getKey(), stack.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String likestNeighbours(String stack, double[][] values) {
        int first = 0;
        for (int layer = 1; layer + 1 < values.length; layer++) {
            first = values[layer][layer + 1] > values[first][first + 1] ? layer : first;
        }
        return first + " and " + (first + 1) + " in the " + stack + " (" + Labels.number(values[first][first + 1])
                + ")";
    }

    @Override
    public Optional<Table> table(CkaResult result) {
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
        return Optional.of(columns.table());
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    /** A heat map a stack. */
    @Override
    public List<HeatMapChart> charts(CkaResult result) {
        int width = result.stacks().size() == 1 ? 620 : 500;
        return result.stacks().entrySet().stream()
                .<HeatMapChart>map(stack -> new HeatMap(
                        width,
                        width - 80,
                        (result.model() + " " + stack.getKey()).strip(),
                        result.site() + " sublayer of layer",
                        "CKA",
                        stack.getValue()))
                .toList();
    }
}
