package ffmerge.view;

import ffmerge.result.AlignResult;
import ffmerge.result.Labels;
import ffmerge.table.Columns;
import java.util.List;
import java.util.Optional;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/** How the units of two sublayers go together. */
final class AlignView implements View<AlignResult> {
    @Override
    public Class<AlignResult> type() {
        return AlignResult.class;
    }

    @Override
    public String command(AlignResult result) {
        return "align";
    }

    @Override
    public String outcome(AlignResult r) {
        return matched(r) + " " + Labels.number(r.matchedCorrelation());
    }

    @Override
    public String sentence(AlignResult r) {
        int units = r.permutation().length;
        long kept = unitsInPlace(r);
        return r.model() + ": the units of " + r.stack() + " layer "
                + r.layers().get(1) + " go with those of layer " + r.layers().get(0)
                + (r.data() == null ? " with products of weights of " : " with a correlation of ")
                + Labels.number(r.matchedCorrelation()) + " summed over "
                + Labels.count(units) + " units, " + Labels.number(r.matchedCorrelation() / units)
                + " a unit; left in place, " + Labels.number(r.identityCorrelation()) + ". "
                + Labels.count(kept) + (kept == 1 ? " keeps its place. " : " keep their place. ") + source(r);
    }

    private static String source(AlignResult r) {
        return r.data() == null
                ? "By their weights, without data."
                : "Over " + Labels.count(r.tokens()) + " tokens of " + r.data() + " " + r.split()
                        + Labels.blocks(r.context()) + ".";
    }

    @Override
    public Optional<Table> table(AlignResult result) {
        int units = result.permutation().length;
        return Optional.of(new Columns<>("alignment", List.of(result))
                .text("model", AlignResult::model)
                .text("stack", AlignResult::stack)
                .count("anchor", r -> r.layers().get(0))
                .count("layer", r -> r.layers().get(1))
                .count("units", r -> units)
                .count("units kept in place", AlignView::unitsInPlace)
                .numbers(
                        result.data() == null ? "weight products in place" : "correlation in place",
                        "#,##0.00",
                        AlignResult::identityCorrelation)
                .numbers(matched(result), "#,##0.00", AlignResult::matchedCorrelation)
                .numbers("matched, mean of a unit", "0.000", r -> r.matchedCorrelation() / units)
                .table());
    }

    /** Without data they are matched by their weights. */
    private static String matched(AlignResult r) {
        return Labels.matched(r.data() == null ? "weights" : "activations");
    }

    /** How many units the best order leaves where they are. */
    private static long unitsInPlace(AlignResult result) {
        int[] permutation = result.permutation();
        long kept = 0;
        for (int unit = 0; unit < permutation.length; unit++) {
            kept += permutation[unit] == unit ? 1 : 0;
        }
        return kept;
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    @Override
    public List<? extends Chart<?, ?>> charts(AlignResult result) {
        return AlignCharts.of(result);
    }
}
