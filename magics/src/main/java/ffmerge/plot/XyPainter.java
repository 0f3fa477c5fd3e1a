package ffmerge.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;

/**
 * Draws points and lines over two axes. Where the chart's y axis ends before its data, what lies beyond stands at the edge
 * as an arrow with its value, so that the range that matters fills the picture.
 */
final class XyPainter {
    /** Of a line with more points names may lie anywhere. */
    private static final int MOST_AVOIDED = 100;

    /** A point beyond an end of the y axis. */
    private record Beyond(XYSeries series, double x, double at, double value, boolean isAbove) {}

    private final XYChart chart;
    private final Plot own;
    private final Canvas canvas;
    private final Figure.Frame frame;
    private final double em;
    private final List<XYSeries> series;
    private final List<Beyond> beyond = new ArrayList<>();
    private double least;
    private double most;
    private AxisScale x;
    private AxisScale y;
    private Rectangle2D plot;

    /** @param chart ours, or a plain one whose points and lines are to be drawn as in ours */
    XyPainter(XYChart chart, Canvas canvas, Figure.Frame frame) {
        this.chart = chart;
        this.own = chart instanceof Plot mine ? mine : null;
        this.canvas = canvas;
        this.frame = frame;
        this.em = frame.em();
        this.series =
                chart.getSeriesCollection().stream().filter(XYSeries::isEnabled).toList();
    }

    void draw() {
        canvas.fill(new Rectangle2D.Double(frame.x(), frame.y(), frame.width(), frame.height()), Color.WHITE);
        scales();
        Legend legend = new Legend(series, em, frame.width() - 2 * em);
        double top = Type.title(chart.getTitle(), canvas, frame);
        List<String> xTitle = Type.wrap(chart.getXAxisTitle(), 1.05 * em, frame.width() - 6 * em);
        double underneath = xTitle.size() * Type.LINE * em + legend.height();
        double bottom = frame.y() + frame.height() - 0.6 * em - underneath - 1.9 * em;
        axes(top, bottom);
        double line = plot.getMaxY() + 1.9 * em;
        for (String text : xTitle) {
            line += Type.LINE * em;
            canvas.text(text, plot.getCenterX(), line - 0.35 * em, 1.05 * em, Canvas.Anchor.MIDDLE, false, Look.INK);
        }
        legend.draw(canvas, frame.x() + frame.width() / 2, line + 0.2 * em);
        data();
    }

    private void scales() {
        double[] xs = series.stream()
                .flatMapToDouble(s -> Arrays.stream(s.getXData()))
                .filter(Double::isFinite)
                .toArray();
        Double xMin = chart.getStyler().getXAxisMin();
        Double xMax = chart.getStyler().getXAxisMax();
        double xLeast = xMin != null ? xMin : Arrays.stream(xs).min().orElse(0);
        double xMost = xMax != null ? xMax : Arrays.stream(xs).max().orElse(1);
        boolean isLogarithmicX = chart.getStyler().isXAxisLogarithmic() && xLeast > 0;
        x = AxisScale.padded(xLeast, xMost, xMin != null ? 0.02 : 0.05, xMax != null ? 0.02 : 0.05, isLogarithmicX);

        boolean isLogarithmic = chart.getStyler().isYAxisLogarithmic();
        double[] ys = DoubleStream.concat(
                        series.stream().flatMapToDouble(s -> Arrays.stream(s.getYData())),
                        own == null
                                ? DoubleStream.empty()
                                : own.intervals().stream().flatMapToDouble(i -> DoubleStream.of(i.low(), i.high())))
                .filter(value -> Double.isFinite(value) && (!isLogarithmic || value > 0))
                .toArray();
        double dataLeast = Arrays.stream(ys).min().orElse(0);
        double dataMost = Arrays.stream(ys).max().orElse(1);
        Double yMin = chart.getStyler().getYAxisMin();
        Double yMax = chart.getStyler().getYAxisMax();
        least = yMin != null ? yMin : dataLeast;
        most = yMax != null ? yMax : dataMost;
        boolean isArea = series.stream().anyMatch(XyPainter::isArea);
        y = AxisScale.padded(
                least,
                most,
                dataLeast < least ? 0.13 : isArea ? 0 : 0.06,
                dataMost > most ? 0.13 : 0.06,
                isLogarithmic && least > 0);
    }

    private static boolean isArea(XYSeries series) {
        return series.getXYSeriesRenderStyle().orElse(XYSeriesRenderStyle.Line) == XYSeriesRenderStyle.StepArea;
    }

    private void axes(double top, double bottom) {
        int room = (int) Math.max(2, (bottom - top) / (2.9 * em));
        Ticks yTicks = notBelowZero(y.ticks(room), least);
        for (int more = room + 1; yTicks.labelled().size() < 3 && more < 2 * room + 2; more++) {
            yTicks = notBelowZero(y.ticks(more), least);
        }
        double widest = yTicks.labelled().stream()
                .mapToDouble(tick -> Type.width(tick.label(), em))
                .max()
                .orElse(0);
        List<String> yTitle = Type.wrap(chart.getYAxisTitle(), 1.05 * em, bottom - top + 3 * em);
        double left = frame.x() + 0.7 * em + yTitle.size() * Type.LINE * em + widest + 0.9 * em;
        double right = frame.x() + frame.width() - 1.3 * em;
        plot = new Rectangle2D.Double(left, top, right - left, bottom - top);
        x = x.between(left, right);
        y = y.between(bottom, top);
        double titleX = frame.x() + 0.7 * em;
        for (String text : yTitle) {
            titleX += Type.LINE * em;
            canvas.text(text, titleX - 0.35 * em, (top + bottom) / 2, 1.05 * em, Canvas.Anchor.MIDDLE, true, Look.INK);
        }
        for (double place : yTicks.minor()) {
            canvas.draw(new Line2D.Double(left - 0.25 * em, y.at(place), left, y.at(place)), Look.GRID, em / 13);
        }
        for (Ticks.Tick tick : yTicks.labelled()) {
            double at = y.at(tick.value());
            canvas.draw(new Line2D.Double(left, at, right, at), Look.GRID, em / 13);
            canvas.text(tick.label(), left - 0.5 * em, at + 0.36 * em, em, Canvas.Anchor.END, false, Look.INK);
        }
        for (Ticks.Tick tick : xTicks().labelled()) {
            double at = x.at(tick.value());
            canvas.draw(new Line2D.Double(at, top, at, bottom + 0.3 * em), Look.GRID, em / 13);
            canvas.text(tick.label(), at, bottom + 1.5 * em, em, Canvas.Anchor.MIDDLE, false, Look.INK);
        }
    }

    /** As many as stand side by side with a gap between them. */
    private Ticks xTicks() {
        if (own != null && !own.places().isEmpty()) {
            return placedTicks();
        }
        double start = Arrays.stream(series.stream()
                        .flatMapToDouble(s -> Arrays.stream(s.getXData()))
                        .toArray())
                .min()
                .orElse(0);
        for (int most = (int) Math.max(
                        2, plot.getWidth() / ((own != null && own.names().isPresent() ? 2 : 4) * em));
                most > 1;
                most--) {
            Ticks ticks = notBelowZero(xTicks(most), start);
            if (isApart(ticks.labelled())) {
                return ticks;
            }
        }
        return notBelowZero(xTicks(1), start);
    }

    /** Of places that lie too near to each other the one that matters more. */
    private Ticks placedTicks() {
        List<Ticks.Tick> shown = new ArrayList<>();
        own.places().forEach((place, label) -> {
            Ticks.Tick tick = new Ticks.Tick(place, label);
            shown.add(tick);
            shown.sort(Comparator.comparingDouble(Ticks.Tick::value));
            if (!isApart(shown)) {
                shown.remove(tick);
            }
        });
        return new Ticks(shown, List.of());
    }

    private Ticks xTicks(int most) {
        if (own != null && own.names().isPresent()) {
            return Ticks.named(x.from(), x.to(), own.names().get(), most);
        }
        Ticks plain = x.ticks(most);
        if (own == null || own.xFormat().isEmpty()) {
            return plain;
        }
        List<Ticks.Tick> formatted = plain.labelled().stream()
                .map(tick -> new Ticks.Tick(tick.value(), own.xFormat().get().apply(tick.value())))
                .toList();
        boolean repeats = formatted.stream().map(Ticks.Tick::label).distinct().count() < formatted.size();
        return repeats ? plain : new Ticks(formatted, plain.minor());
    }

    /** The room beside data from 0 on isn't a place for negative numbers. */
    private static Ticks notBelowZero(Ticks ticks, double least) {
        return least < 0
                ? ticks
                : new Ticks(
                        ticks.labelled().stream()
                                .filter(tick -> tick.value() >= 0)
                                .toList(),
                        ticks.minor());
    }

    private boolean isApart(List<Ticks.Tick> ticks) {
        for (int i = 1; i < ticks.size(); i++) {
            double between = x.at(ticks.get(i).value()) - x.at(ticks.get(i - 1).value());
            double widths = (Type.width(ticks.get(i).label(), em)
                            + Type.width(ticks.get(i - 1).label(), em))
                    / 2;
            if (between < widths + 0.7 * em) {
                return false;
            }
        }
        return true;
    }

    private void data() {
        LabelPlaces places = new LabelPlaces(plot);
        if (own != null && Double.isFinite(own.marked())) {
            band(own.marked());
        }
        intervals(places);
        series.forEach(s -> line(s, places));
        series.forEach(s -> marks(s, places));
        arrows(places);
        if (own != null) {
            own.labels().stream()
                    .filter(label -> label.y() <= most && label.y() >= least)
                    .forEach(label -> label(label, places));
        }
    }

    /** As wide as half the way to its neighbours on both sides. */
    private void band(double middle) {
        double left = Math.max(plot.getX(), x.at(middle - 0.25));
        double right = Math.min(plot.getMaxX(), x.at(middle + 0.25));
        canvas.fill(new Rectangle2D.Double(left, plot.getY(), right - left, plot.getHeight()), pale(Look.ORANGE));
    }

    private void intervals(LabelPlaces places) {
        if (own == null) {
            return;
        }
        double cap = 0.3 * em;
        for (Plot.Interval bar : own.intervals()) {
            if (bar.low() > most || bar.high() < least) {
                continue; // with its point
            }
            double at = x.at(bar.x());
            // what goes on beyond the axis goes to the frame, without a cap: its end is not to be seen
            double low = bar.low() < least ? plot.getMaxY() : y.at(bar.low());
            double high = bar.high() > most ? plot.getY() : y.at(bar.high());
            Path2D path = new Path2D.Double();
            path.append(new Line2D.Double(at, low, at, high), false);
            if (bar.low() >= least) {
                path.append(new Line2D.Double(at - cap, low, at + cap, low), false);
            }
            if (bar.high() <= most) {
                path.append(new Line2D.Double(at - cap, high, at + cap, high), false);
            }
            canvas.begin("95 % interval: " + Plot.value(bar.low()) + " to " + Plot.value(bar.high()), at, Double.NaN);
            canvas.draw(path, bar.color(), 1.1 * em / 13);
            canvas.end();
            places.take(new Rectangle2D.Double(at - cap, high, 2 * cap, low - high));
        }
    }

    private void line(XYSeries s, LabelPlaces places) {
        XYSeriesRenderStyle style = s.getXYSeriesRenderStyle().orElse(XYSeriesRenderStyle.Line);
        if (style == XYSeriesRenderStyle.Scatter) {
            return;
        }
        Path2D path = style == XYSeriesRenderStyle.StepArea ? steps(s) : joined(s, places);
        if (path.getCurrentPoint() == null) {
            return;
        }
        canvas.begin(s.getName(), Double.NaN, Double.NaN);
        if (style == XYSeriesRenderStyle.StepArea) {
            canvas.fill(path, pale(s.getLineColor()));
        }
        BasicStroke stroke = s.getLineStyle();
        canvas.draw(path, s.getLineColor(), stroke.getLineWidth() * em / 13, dash(stroke, em));
        canvas.end();
    }

    /** From point to point, cut off where the axis ends; with a gap where there is no value. */
    private Path2D joined(XYSeries s, LabelPlaces places) {
        double[] xs = s.getXData();
        double[] ys = s.getYData();
        Path2D path = new Path2D.Double();
        double top = plot.getY();
        double bottom = plot.getMaxY();
        for (int i = 1; i < xs.length; i++) {
            if (!isDrawn(xs[i - 1], ys[i - 1]) || !isDrawn(xs[i], ys[i])) {
                continue;
            }
            double x1 = x.at(xs[i - 1]);
            double y1 = y.at(ys[i - 1]);
            double x2 = x.at(xs[i]);
            double y2 = y.at(ys[i]);
            if (Math.max(y1, y2) < top || Math.min(y1, y2) > bottom) {
                continue;
            }
            double from = along(y1, y2, top, bottom);
            double to = 1 - along(y2, y1, top, bottom);
            double px = x1 + from * (x2 - x1);
            double py = y1 + from * (y2 - y1);
            if (path.getCurrentPoint() == null || path.getCurrentPoint().distance(px, py) > 1e-6) {
                path.moveTo(px, py);
            }
            double qx = x1 + to * (x2 - x1);
            double qy = y1 + to * (y2 - y1);
            path.lineTo(qx, qy);
            if (xs.length <= MOST_AVOIDED) {
                avoid(places, px, py, qx, qy);
            }
        }
        return path;
    }

    private boolean isDrawn(double px, double py) {
        return Double.isFinite(px) && Double.isFinite(py) && !(y.isLogarithmic() && py <= 0);
    }

    /** The share of the way from {@code y1} to {@code y2} that lies outside before it comes in. */
    private static double along(double y1, double y2, double top, double bottom) {
        if (y1 < top) {
            return (top - y1) / (y2 - y1);
        }
        return y1 > bottom ? (bottom - y1) / (y2 - y1) : 0;
    }

    /** No name is to lie on the line. */
    private void avoid(LabelPlaces places, double px, double py, double qx, double qy) {
        double length = Math.hypot(qx - px, qy - py);
        int pieces = (int) Math.ceil(length / (0.5 * em));
        for (int i = 0; i <= pieces; i++) {
            double share = pieces == 0 ? 0 : (double) i / pieces;
            places.take(new Rectangle2D.Double(
                    px + share * (qx - px) - 0.1 * em, py + share * (qy - py) - 0.1 * em, 0.2 * em, 0.2 * em));
        }
    }

    /** The outline of columns that stand on the axis. */
    private Path2D steps(XYSeries s) {
        double[] xs = s.getXData();
        double[] ys = s.getYData();
        Path2D path = new Path2D.Double();
        path.moveTo(x.at(xs[0]), y.start());
        for (int i = 0; i + 1 < xs.length; i++) {
            path.lineTo(x.at(xs[i]), y.at(ys[i]));
            path.lineTo(x.at(xs[i + 1]), y.at(ys[i]));
        }
        path.lineTo(x.at(xs[xs.length - 1]), y.start());
        return path;
    }

    static Color pale(Color color) {
        return new Color(color.getRed(), color.getGreen(), color.getBlue(), 60);
    }

    static float[] dash(BasicStroke stroke, double em) {
        float[] dash = stroke.getDashArray() == null ? new float[0] : stroke.getDashArray();
        float[] scaled = new float[dash.length];
        for (int i = 0; i < dash.length; i++) {
            scaled[i] = (float) (dash[i] * em / 13);
        }
        return scaled;
    }

    /** Where a value stands, or the edge that it lies beyond. */
    private double edged(double value) {
        if (value > most) {
            return plot.getY() + 0.45 * em;
        }
        return value < least ? plot.getMaxY() - 0.45 * em : y.at(value);
    }

    private void marks(XYSeries s, LabelPlaces places) {
        Mark mark = Mark.of(s.getMarker());
        if (mark.isNone()) {
            return;
        }
        double size = chart.getStyler().getMarkerSize() * em / 13;
        for (int i = 0; i < s.getXData().length; i++) {
            double value = s.getYData()[i];
            double px = x.at(s.getXData()[i]);
            if (!Double.isFinite(value) || !Double.isFinite(px) || y.isLogarithmic() && value <= 0) {
                continue;
            }
            canvas.begin(hover(s, i), px, edged(value));
            if (value > most || value < least) {
                if (!mark.isRing()) {
                    double shifted = px + aside(s.getXData()[i], value > most) * 1.5 * size;
                    beyond.add(new Beyond(s, s.getXData()[i], shifted, value, value > most));
                    arrow(shifted, value > most, s.getMarkerColor(), size);
                } else {
                    mark(mark, px, edged(value), size, s.getMarkerColor());
                }
            } else {
                mark(mark, px, y.at(value), size, s.getMarkerColor());
            }
            canvas.end();
            double room = mark.isRing() ? 2.4 * size : size;
            places.take(new Rectangle2D.Double(px - room / 2, edged(value) - room / 2, room, room));
        }
    }

    private String hover(XYSeries s, int point) {
        return own != null
                ? own.hover(s, point)
                : s.getName() + ": " + Plot.value(s.getXData()[point]) + ", " + Plot.value(s.getYData()[point]);
    }

    private void mark(Mark mark, double px, double py, double size, Color color) {
        paint(canvas, mark, px, py, size, color, em);
    }

    static void paint(Canvas canvas, Mark mark, double px, double py, double size, Color color, double em) {
        if (!mark.isHollow()) {
            canvas.fill(mark.at(px, py, size), color);
            return;
        }
        canvas.draw(mark.at(px, py, size), color, 1.8 * em / 13);
    }

    /** How many arrows stand at this place already. */
    private long aside(double at, boolean isAbove) {
        return beyond.stream()
                .filter(point -> point.x() == at && point.isAbove() == isAbove)
                .count();
    }

    /** At the edge, towards what lies beyond. */
    private void arrow(double px, boolean isAbove, Color color, double size) {
        double tip = isAbove ? plot.getY() : plot.getMaxY();
        double down = isAbove ? 1 : -1;
        Path2D arrow = new Path2D.Double();
        arrow.moveTo(px, tip);
        arrow.lineTo(px - 0.7 * size, tip + down * 1.1 * size);
        arrow.lineTo(px + 0.7 * size, tip + down * 1.1 * size);
        arrow.closePath();
        canvas.fill(arrow, color);
    }

    /** The values beyond the axis, beside their arrows, in their series' colours. */
    private void arrows(LabelPlaces places) {
        for (Beyond point : beyond) {
            String text = name(point) + Plot.value(point.value()) + (point.isAbove() ? " ↑" : " ↓");
            double width = Type.width(text, em);
            Rectangle2D place = places.place(point.at(), edged(point.value()), width, 1.1 * em, 0.7 * em);
            canvas.text(
                    text,
                    place.getX(),
                    place.getMaxY() - 0.2 * em,
                    em,
                    Canvas.Anchor.START,
                    false,
                    point.series().getMarkerColor());
        }
    }

    /** What the point is called, if it is. */
    private String name(Beyond point) {
        return own == null
                ? ""
                : own.labels().stream()
                        .filter(label -> label.x() == point.x() && label.y() == point.value())
                        .findFirst()
                        .map(label -> label.text() + " ")
                        .orElse("");
    }

    private void label(Plot.Label label, LabelPlaces places) {
        double px = x.at(label.x());
        double py = edged(label.y());
        double width = Type.width(label.text(), em);
        Rectangle2D place = places.place(px, py, width, 1.15 * em, 0.75 * em);
        double nearest = Math.max(place.getX(), Math.min(px, place.getMaxX()));
        double far = Math.hypot(nearest - px, place.getCenterY() - py);
        if (far > 1.6 * em) { // a thin line says which point is meant
            canvas.draw(
                    new Line2D.Double(
                            px, py, nearest, place.getCenterY() + (place.getCenterY() < py ? 0.5 : -0.5) * em),
                    Look.GREY,
                    0.7 * em / 13);
        }
        canvas.text(label.text(), place.getX(), place.getMaxY() - 0.25 * em, em, Canvas.Anchor.START, false, Look.INK);
    }
}
