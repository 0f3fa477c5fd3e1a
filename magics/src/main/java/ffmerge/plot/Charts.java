package ffmerge.plot;

import ffmerge.result.AlignResult;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.Result;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneOutcome;
import java.util.List;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.internal.chartpart.Chart;

/** Results as XChart charts, to be shown as they are or changed first. */
public final class Charts {
    private Charts() {}

    /** The charts that show a result, in the order in which they stand side by side; empty where there are none. */
    public static List<? extends Chart<?, ?>> of(Result result) {
        if (result instanceof CkaResult r) {
            return similarities(r);
        }
        if (result instanceof AlignResult r) {
            return List.of(permutation(r));
        }
        if (result instanceof SweepResult r) {
            return r.rows().isEmpty() ? List.of() : List.of(sweep(r));
        }
        if (result instanceof TuneOutcome r) {
            return tuning(r);
        }
        if (result instanceof CompareResult r) {
            return comparison(r);
        }
        if (result instanceof ScoreboardResult r) {
            return ScoreboardChart.of(r);
        }
        return List.of();
    }

    /** A heat map a stack. */
    public static List<HeatMapChart> similarities(CkaResult result) {
        return result.stacks().entrySet().stream()
                .map(stack -> similarity(
                        (result.model() + " " + stack.getKey()).strip(),
                        result.site() + " sublayer of layer",
                        stack.getValue(),
                        result.stacks().size()))
                .toList();
    }

    private static HeatMapChart similarity(String title, String axisTitle, double[][] values, int besides) {
        int width = besides == 1 ? 620 : 500;
        return new HeatMap(width, width - 80, title, axisTitle, "CKA", values);
    }

    /** Quality by window and method. */
    public static XYChart sweep(SweepResult result) {
        return SweepChart.of(result);
    }

    /** Quality against parameters removed; a chart a metric. */
    public static List<XYChart> comparison(CompareResult result) {
        return CompareChart.of(result);
    }

    /** Training loss and validation, also of a tuning that is under way: fewer losses than steps. */
    public static List<XYChart> tuning(TuneOutcome result) {
        return TuneChart.of(result);
    }

    /** Which unit goes with which. */
    public static XYChart permutation(AlignResult result) {
        return PermutationChart.of(result);
    }
}
