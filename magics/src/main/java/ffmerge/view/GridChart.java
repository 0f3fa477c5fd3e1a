package ffmerge.view;

import ffmerge.plot.Look;
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
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A grid's curves: quality against what each way removes of the parameters and of the bytes, with the front that no way beats,
 * and how quality came back over the steps of tuning. Lines go through means over seeds; every seed is a point.
 */
final class GridChart {
    private static final int WIDTH = 620;
    private static final int HEIGHT = 420;
    /** Of a line of the legend. */
    private static final int LEGEND = 26;

    private static final List<Color> COLORS =
            List.of(Look.BLUE, Look.VERMILION, Look.GREEN, Look.PURPLE, Look.ORANGE, Look.INK);
    private static final List<Marker> MARKERS =
            List.of(SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.TRIANGLE_UP, SeriesMarkers.DIAMOND);

    private final GridResult result;
    private final ValueAxis axis;
    private final List<String> ways;

    private GridChart(GridResult result) {
        this.result = result;
        this.axis = new ValueAxis(result.metric());
        this.ways = result.cells().stream().map(Cell::way).distinct().toList();
    }

    static List<XYChart> of(GridResult result) {
        GridChart charts = new GridChart(result);
        List<XYChart> drawn = new ArrayList<>();
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

    private XYChart chart(String title, String xTitle, int lines) {
        XYChart chart = Look.apply(new XYChart(WIDTH, HEIGHT + lines * LEGEND));
        chart.getStyler().setLegendLayout(Styler.LegendLayout.Vertical);
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
    private XYChart against(
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
        XYChart chart = chart(
                result.model() + ": quality against " + what,
                what + " saved, % of " + words.apply((long) all),
                ways.size() + 3);
        List<Double> drawn = new ArrayList<>();
        for (String way : ways) {
            List<Row> own = result.rows().stream()
                    .filter(row -> row.way().equals(way) && row.isFinite())
                    .sorted(Comparator.comparingDouble(removed))
                    .toList();
            line(chart, way, places(own, removed), values(own, Row::value), drawn);
            List<Cell> seeds = own.stream()
                    .flatMap(row -> result.cells(row).stream())
                    .filter(cell -> cell.value() != null && Double.isFinite(cell.value()))
                    .toList();
            if (seeds.size() > own.size()) {
                double[] x = seeds.stream()
                        .mapToDouble(cell -> 100 * (1 - ofCell.applyAsDouble(cell) / all))
                        .toArray();
                double[] y = values(seeds, Cell::value);
                Look.points(chart, way + ", every seed", x, y, color(way), SeriesMarkers.CROSS)
                        .setShowInLegend(false);
                Arrays.stream(y).forEach(drawn::add);
            }
        }
        List<Row> front = result.fronts().getOrDefault(what, List.of());
        if (front.size() > 1) {
            double[] y = values(front, Row::value);
            Look.line(chart, "not beaten in both", places(front, removed), y, Look.INK, SeriesMarkers.NONE)
                    .setLineStyle(Look.THIN);
        }
        level(chart, drawn);
        axis.scale(chart, drawn.stream().mapToDouble(y -> y).toArray());
        chart.setCustomXAxisTickLabelsFormatter(share -> String.format(Locale.ROOT, "%.0f", share));
        return chart;
    }

    private void line(XYChart chart, String name, double[] x, double[] y, List<Double> drawn) {
        if (x.length == 0) {
            return; // XChart needs a point to draw a line
        }
        Look.line(chart, name, x, y, color(name), marker(name));
        Arrays.stream(y).forEach(drawn::add);
    }

    /** The unchanged model, and its like that was tuned. */
    private void level(XYChart chart, List<Double> drawn) {
        double[] ends = chart.getSeriesCollection().stream()
                .flatMapToDouble(series -> Arrays.stream(series.getXData()))
                .toArray();
        double most = Math.max(1, Arrays.stream(ends).max().orElse(1));
        double least = Math.min(0, Arrays.stream(ends).min().orElse(0));
        for (Row row : result.rows()) {
            boolean isControl = result.controls().stream().anyMatch(cell -> cell.isOf(row.way(), row.size()));
            if (isControl && row.isFinite()) {
                double y = axis.place(row.value());
                Look.level(
                        chart,
                        row.way() + ": " + Labels.value(result.metric(), row.value()),
                        new double[] {least, most},
                        y);
                drawn.add(y);
            }
        }
    }

    /** Validation values, step by step: the mean of a way's seeds at a size. */
    private XYChart recovery() {
        List<Row> tuned = result.rows().stream()
                .filter(row ->
                        result.cells(row).stream().anyMatch(cell -> !curve(cell).isEmpty()))
                .toList();
        XYChart chart = chart(result.model() + ": recovery", "step of tuning", tuned.size());
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
            Look.line(chart, name, x, y, color(row.way()), sizeMarker(row));
            Arrays.stream(y).forEach(drawn::add);
        }
        axis.scale(chart, drawn.stream().mapToDouble(y -> y).toArray());
        chart.setYAxisTitle("validation " + axis.title());
        chart.setCustomXAxisTickLabelsFormatter(step -> String.format(Locale.ROOT, "%,.0f", step));
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

    private Color color(String way) {
        int place = ways.indexOf(way);
        return place < 0 ? Look.INK : COLORS.get(place % COLORS.size());
    }

    private Marker marker(String way) {
        return MARKERS.get(Math.max(0, ways.indexOf(way)) % MARKERS.size());
    }

    /** Along a way's curves sizes are told apart. */
    private Marker sizeMarker(Row row) {
        List<Double> sizes = result.rows().stream().map(Row::size).distinct().toList();
        return MARKERS.get(sizes.indexOf(row.size()) % MARKERS.size());
    }
}
