package ffmerge.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/**
 * Points and lines over two axes. What is drawn is held as XChart holds it, so that a notebook changes it with XChart's own
 * methods; the drawing is ours, as XChart turns letters into outlines, chooses ticks that repeat, and has no way to say
 * that a point lies beyond the axis.
 */
public final class Plot extends XYChart implements Figure {
    /** An interval at a place of the x axis, its ends as they stand on the y axis. */
    public record Interval(double x, double low, double high, Color color) {
        boolean isFinite() {
            return Double.isFinite(low) && Double.isFinite(high);
        }
    }

    /** A name beside a point. */
    public record Label(String text, double x, double y) {}

    private final Map<String, List<String>> hovers = new HashMap<>();
    private final List<Interval> intervals = new ArrayList<>();
    private final List<Label> labels = new ArrayList<>();
    private DoubleFunction<String> names;
    private Function<Double, String> xFormat;
    private double marked = Double.NaN;
    private final Map<Double, String> places = new LinkedHashMap<>();

    public Plot(int width, int height) {
        super(width, height);
        Look.apply(this);
    }

    /** Says what a reader is told who points at a series' points, point by point. */
    public void hover(XYSeries series, List<String> texts) {
        hovers.put(series.getName(), List.copyOf(texts));
    }

    /** What a reader is told of a point. */
    String hover(XYSeries series, int point) {
        List<String> own = hovers.getOrDefault(series.getName(), List.of());
        if (Mark.of(series.getMarker()).isRing()) {
            return series.getName();
        }
        return point < own.size()
                ? own.get(point)
                : series.getName() + ": " + value(series.getXData()[point]) + ", " + value(series.getYData()[point]);
    }

    /** Adds intervals of points, which need not lie in the middle of theirs; those whose ends aren't finite are left out. */
    public void addIntervals(List<Interval> more) {
        more.stream().filter(Interval::isFinite).forEach(intervals::add);
    }

    List<Interval> intervals() {
        return intervals;
    }

    public void addLabels(List<Label> more) {
        labels.addAll(more);
    }

    List<Label> labels() {
        return labels;
    }

    /** Gives whole numbers of the x axis names, and all that isn't whole no tick. */
    public void setXNames(DoubleFunction<String> names) {
        this.names = names;
    }

    Optional<DoubleFunction<String>> names() {
        return Optional.ofNullable(names);
    }

    /** Gives places of the x axis their labels, the one that matters most first; there are no others. */
    public void setXPlaces(Map<Double, String> labels) {
        places.clear();
        places.putAll(labels);
    }

    Map<Double, String> places() {
        return places;
    }

    /** Marks what stands at one of the whole numbers of the x axis, by a band behind it. */
    public void markX(double x) {
        marked = x;
    }

    /** NaN where nothing is marked. */
    double marked() {
        return marked;
    }

    @Override
    public void setCustomXAxisTickLabelsFormatter(Function<Double, String> format) {
        super.setCustomXAxisTickLabelsFormatter(format);
        xFormat = format;
    }

    /** As a notebook may have set it. */
    Optional<Function<Double, String>> xFormat() {
        return Optional.ofNullable(xFormat);
    }

    /** A value as it is said of a point: large ones without decimals. */
    static String value(double value) {
        return String.format(java.util.Locale.ROOT, Math.abs(value) >= 1000 ? "%,.0f" : "%.4g", value)
                .replaceFirst("(\\.\\d*?)0+$", "$1")
                .replaceFirst("\\.$", "");
    }

    @Override
    public void paint(Graphics2D g, int width, int height) {
        setWidth(width);
        setHeight(height);
        draw(g, width, height);
    }

    @Override
    public void draw(Canvas canvas, Frame frame) {
        new XyPainter(this, canvas, frame).draw();
    }

    /** Letters take a larger part of a small picture. */
    @Override
    public double height(double width, double em) {
        double legend = new Legend(getSeriesCollection(), em, width - 2 * em).height();
        return width * Math.max((double) getHeight() / getWidth(), 0.62) + legend + 4 * em;
    }

    @Override
    public String description() {
        return describe(this);
    }

    static String describe(XYChart chart) {
        String series = chart.getSeriesCollection().stream()
                .filter(XYSeries::isShowInLegend)
                .map(Plot::describe)
                .collect(Collectors.joining("; "));
        return "x: " + chart.getXAxisTitle() + ". y: " + chart.getYAxisTitle() + ". " + series + ".";
    }

    private static String describe(XYSeries series) {
        double[] y = Arrays.stream(series.getYData()).filter(Double::isFinite).toArray();
        if (y.length == 0) {
            return series.getName();
        }
        double least = Arrays.stream(y).min().orElseThrow();
        double most = Arrays.stream(y).max().orElseThrow();
        return series.getName()
                + (least == most ? " at " + value(least) : " from " + value(least) + " to " + value(most));
    }
}
