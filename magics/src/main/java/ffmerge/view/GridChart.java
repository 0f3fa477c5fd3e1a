package ffmerge.view;

import ffmerge.plot.Look;
import ffmerge.plot.Mark;
import ffmerge.plot.MethodStyle;
import ffmerge.plot.Plot;
import ffmerge.plot.ValueAxis;
import ffmerge.result.GridResult;
import ffmerge.result.GridResult.Cell;
import ffmerge.result.GridResult.Row;
import ffmerge.result.Labels;
import ffmerge.result.TuneResult;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYSeries;

/**
 * A grid's curves: quality against what each way removes of the parameters and of the bytes, with the front that no way beats,
 * and how quality came back over the steps of tuning. Lines go through means over seeds; every seed is a point.
 */
final class GridChart {
    /** One of several seeds. */
    private static final Mark SEED = Mark.PLUS;

    private static final int WIDTH = 620;
    private static final int HEIGHT = 480;

    private final GridResult result;
    private final ValueAxis axis;
    private final List<String> ways;
    private final Map<String, Integer> variants;

    private GridChart(GridResult result) {
        this.result = result;
        this.axis = new ValueAxis(result.metric());
        this.ways = result.cells().stream().map(Cell::way).distinct().toList();
        this.variants = MethodStyles.variants(ways);
    }

    static List<Plot> of(GridResult result) {
        GridChart charts = new GridChart(result);
        List<Plot> drawn = new ArrayList<>();
        if (result.rows().stream().anyMatch(Row::isFinite)) {
            drawn.add(charts.against(
                    "parameters", Row::parameters, cell -> cell.model().parameters(), Labels::count));
            drawn.add(charts.against("bytes", Row::bytes, cell -> cell.model().bytes(), Labels::bytes));
        }
        if (result.rows().stream().anyMatch(row -> row.isFinite() && row.latency() != null)) {
            drawn.add(charts.against(
                    "latency", Row::latency, cell -> cell.model().timeShare(), all -> "the unchanged model's"));
        }
        if (result.cells().stream().anyMatch(cell -> !curve(cell).isEmpty())) {
            drawn.add(charts.recovery());
        }
        return drawn;
    }

    private static final int LEGEND = 12;

    private Plot chart(String title, String xTitle, int lines) {
        Plot chart = new Plot(WIDTH, HEIGHT + lines * LEGEND);
        chart.setTitle(title);
        chart.setXAxisTitle(xTitle);
        chart.setYAxisTitle(axis.title());
        return chart;
    }

    /**
     * Quality against what a model does without.
     *
     * @param what a model has less of; the name of a front
     * @param words how much the unchanged model has
     */
    private Plot against(
            String what, ToDoubleFunction<Row> amount, ToDoubleFunction<Cell> ofCell, LongFunction<String> words) {
        double all = result.rows().stream()
                .filter(row -> row.way().equals(GridResult.UNCHANGED) && row.value() != null)
                .mapToDouble(amount)
                .findFirst()
                .orElseGet(() -> result.rows().stream()
                        .filter(Row::isFinite)
                        .mapToDouble(amount)
                        .max()
                        .orElse(1));
        ToDoubleFunction<Row> removed = row -> 100 * (1 - amount.applyAsDouble(row) / all);
        Plot chart = chart(
                result.model() + ": quality against " + what,
                what + " saved, % of " + words.apply((long) all),
                ways.size() + 3);
        List<Double> drawn = new ArrayList<>();
        for (String way : ways) {
            List<Row> own = result.rows().stream()
                    .filter(row -> row.way().equals(way) && row.isFinite())
                    .sorted(Comparator.comparingDouble(removed))
                    .toList();
            line(chart, way, own, removed, drawn);
            List<Cell> seeds = own.stream()
                    .flatMap(row -> result.cells(row).stream())
                    .filter(cell -> cell.value() != null && Double.isFinite(cell.value()))
                    .toList();
            if (seeds.size() > own.size()) {
                double[] x = seeds.stream()
                        .mapToDouble(cell -> 100 * (1 - ofCell.applyAsDouble(cell) / all))
                        .toArray();
                double[] y = values(seeds, Cell::value);
                Look.points(chart, way + ", every seed", x, y, style(way).color(), SEED)
                        .setShowInLegend(false);
                Arrays.stream(y).forEach(drawn::add);
            }
        }
        List<Row> front = result.fronts().getOrDefault(what, List.of());
        if (front.size() > 1) {
            double[] y = values(front, Row::value);
            Look.line(chart, "not beaten in both", places(front, removed), y, Look.INK, Mark.NONE)
                    .setLineStyle(Look.THIN);
        }
        level(chart, drawn);
        axis.scale(chart, drawn.stream().mapToDouble(y -> y).toArray());
        return chart;
    }

    private void line(Plot chart, String way, List<Row> rows, ToDoubleFunction<Row> removed, List<Double> drawn) {
        if (rows.isEmpty()) {
            return; // XChart needs a point to draw a line
        }
        double[] y = values(rows, Row::value);
        XYSeries line = Look.line(chart, way, places(rows, removed), y, style(way));
        line.setLineStyle(Look.stroke(variants.get(way)));
        chart.hover(line, rows.stream().map(row -> told(row, removed)).toList());
        Color color = style(way).color();
        chart.addIntervals(rows.stream()
                .flatMap(row -> Intervals.of(axis, removed.applyAsDouble(row), row.interval(), color))
                .toList());
        Arrays.stream(y).forEach(drawn::add);
    }

    /** {@code merge at 0.1667: perplexity 85.05 (83.10 to 87.20), layers 3-5, 10.93 % saved}. */
    private String told(Row row, ToDoubleFunction<Row> removed) {
        String interval = Labels.interval(result.metric(), row.interval());
        String layers = GridView.layers(result, row);
        return row.way() + (row.size() == null ? "" : " at " + Labels.share(row.size())) + ": "
                + result.metric().title() + " " + Labels.value(result.metric(), row.value())
                + (interval.isEmpty() ? "" : " (" + interval + ")")
                + (layers.isEmpty() ? "" : ", layers " + layers) + ", "
                + Labels.percent(removed.applyAsDouble(row) / 100) + " saved";
    }

    /** The unchanged model, and its like that was tuned. */
    private void level(Plot chart, List<Double> drawn) {
        double[] ends = chart.getSeriesCollection().stream()
                .flatMapToDouble(series -> Arrays.stream(series.getXData()))
                .toArray();
        double most = Math.max(1, Arrays.stream(ends).max().orElse(1));
        double least = Math.min(0, Arrays.stream(ends).min().orElse(0));
        for (Row row : result.rows()) {
            boolean isControl = result.controls().stream().anyMatch(cell -> cell.isOf(row.way(), row.size()));
            if (isControl && row.isFinite()) {
                double y = axis.place(row.value());
                XYSeries level = Look.level(
                        chart,
                        row.way() + ": " + Labels.value(result.metric(), row.value()),
                        new double[] {least, most},
                        y);
                if (row.way().equals(GridResult.UNCHANGED_TUNED)) {
                    level.setLineStyle(Look.DOTTED);
                }
                drawn.add(y);
            }
        }
    }

    /** Validation values, step by step: the mean of a way's seeds at a size. */
    private Plot recovery() {
        List<Row> tuned = result.rows().stream()
                .filter(row ->
                        result.cells(row).stream().anyMatch(cell -> !curve(cell).isEmpty()))
                .toList();
        Plot chart = chart(result.model() + ": recovery", "step of tuning", tuned.size());
        List<Double> drawn = new ArrayList<>();
        for (Row row : tuned) {
            Map<Integer, List<Double>> bySteps = new TreeMap<>();
            result.cells(row).stream()
                    .flatMap(cell -> curve(cell).stream())
                    .forEach(check -> bySteps.computeIfAbsent(check.step(), step -> new ArrayList<>())
                            .add(check.value()));
            double[] x = bySteps.keySet().stream().mapToDouble(step -> step).toArray();
            double[] y = bySteps.values().stream()
                    .mapToDouble(values -> axis.place(
                            values.stream().mapToDouble(v -> v).average().orElseThrow()))
                    .toArray();
            String name = row.way() + (row.size() == null ? "" : ", " + Labels.share(row.size()));
            Look.line(chart, name, x, y, style(row.way())).setLineStyle(Look.stroke(sizeVariant(row)));
            Arrays.stream(y).forEach(drawn::add);
        }
        axis.scale(chart, drawn.stream().mapToDouble(y -> y).toArray());
        chart.setYAxisTitle("validation " + axis.title());
        return chart;
    }

    private static List<TuneResult.Checked> curve(Cell cell) {
        return cell.model().recovery().stream()
                .filter(check -> Double.isFinite(check.value()))
                .toList();
    }

    private static double[] places(List<Row> rows, ToDoubleFunction<Row> removed) {
        return rows.stream().mapToDouble(removed).toArray();
    }

    private <T> double[] values(List<T> all, ToDoubleFunction<T> value) {
        return axis.place(all.stream().mapToDouble(value).toArray());
    }

    /** Its method's; another variant of a method that the grid has already differs in its mark. */
    private MethodStyle style(String way) {
        return MethodStyles.ofWords(way).variant(variants.getOrDefault(way, 0));
    }

    /** Along a way's curves sizes are told apart. */
    private int sizeVariant(Row row) {
        List<Double> sizes = result.rows().stream()
                .filter(other -> other.way().equals(row.way()))
                .map(Row::size)
                .distinct()
                .toList();
        return sizes.indexOf(row.size());
    }
}
