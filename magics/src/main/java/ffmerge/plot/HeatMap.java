package ffmerge.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.style.Styler;

/**
 * A matrix as a map of colours with a bar that says which colour is which value. Layers by layers with values from 0 to 1
 * are drawn as the paper draws them: square cells, layer 0 at the top left, always the same colour for the same value.
 */
public final class HeatMap extends HeatMapChart implements Figure {
    private static final int BANDS = 128;
    /** A map of more cells than a reader points at is drawn colour by colour. */
    private static final int MOST_TITLED = 1600;

    /** What the rows or columns are. */
    public record Axis(String title, List<String> labels) {}

    /**
     * A value on the bar.
     *
     * @param place from 0 to 1
     */
    public record Tick(double place, String label) {}

    /** What a reader is told who points at a cell. */
    @FunctionalInterface
    public interface Hover {
        String of(int row, int column);
    }

    private static final int MOST_TICKS = 6;

    private final String valueTitle;
    private final List<Tick> ticks;
    private final boolean square;
    private final Axis columns;
    private final Axis rows;
    private final double[][] values;
    private Hover hover;
    private int markedRow = -1;
    private int markedColumn = -1;

    /**
     * A map of square cells with values from 0 to 1.
     *
     * @param values rows from the top
     * @param step by which the numbers of rows and columns grow
     */
    HeatMap(int width, int height, String title, String axisTitle, String valueTitle, double[][] values, int step) {
        this(
                width,
                height,
                title,
                new Axis(axisTitle, numbers(values.length, step)),
                new Axis(axisTitle, numbers(values.length, step)),
                valueTitle,
                ticks(0, 1),
                values,
                true);
    }

    /**
     * A map as wide and as high as the chart.
     *
     * @param rows from the top
     * @param ticks of the bar
     * @param values shares of the bar, row by row; NaN for a cell that is left out
     */
    public HeatMap(
            int width,
            int height,
            String title,
            Axis columns,
            Axis rows,
            String valueTitle,
            List<Tick> ticks,
            double[][] values) {
        this(width, height, title, columns, rows, valueTitle, ticks, values, false);
    }

    private HeatMap(
            int width,
            int height,
            String title,
            Axis columns,
            Axis rows,
            String valueTitle,
            List<Tick> ticks,
            double[][] values,
            boolean square) {
        super(width, height, Styler.ChartTheme.XChart); // without a theme XChart leaves fields null
        this.valueTitle = valueTitle;
        this.ticks = List.copyOf(ticks);
        this.square = square;
        this.columns = columns;
        this.rows = rows;
        this.values = values;
        this.hover = (row, column) -> rows.labels().get(row) + ", "
                + columns.labels().get(column) + ": " + String.format(Locale.ROOT, "%.3f", values[row][column]);
        Look.apply(this);
        setTitle(title);
        setXAxisTitle(columns.title());
        setYAxisTitle(rows.title());
        addSeries(values);
    }

    /** A map of square cells. */
    public static HeatMap square(
            int width,
            int height,
            String title,
            Axis columns,
            Axis rows,
            String valueTitle,
            List<Tick> ticks,
            double[][] shares) {
        return new HeatMap(width, height, title, columns, rows, valueTitle, ticks, shares, true);
    }

    /** Round numbers on a bar that goes from one value to another. */
    public static List<Tick> ticks(double least, double most) {
        return Ticks.linear(least, most, MOST_TICKS).labelled().stream()
                .map(tick -> new Tick((tick.value() - least) / (most - least), tick.label()))
                .toList();
    }

    /** Says what a reader is told who points at a cell. */
    public HeatMap hovering(Hover told) {
        hover = told;
        return this;
    }

    /** Puts a frame around a cell. */
    public HeatMap marking(int row, int column) {
        markedRow = row;
        markedColumn = column;
        return this;
    }

    /** For a notebook that asks XChart for what is drawn. */
    private void addSeries(double[][] shares) {
        int n = shares.length;
        List<Number[]> cells = new ArrayList<>();
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < shares[row].length; column++) {
                if (Double.isFinite(shares[row][column])) {
                    cells.add(new Number[] {column, n - 1 - row, shares[row][column]});
                }
            }
        }
        List<String> fromBottom = new ArrayList<>(rows.labels()); // as XChart counts rows
        Collections.reverse(fromBottom);
        addSeries(getTitle(), columns.labels(), fromBottom, cells);
    }

    private static List<String> numbers(int count, int step) {
        return IntStream.range(0, count).mapToObj(i -> String.valueOf(i * step)).toList();
    }

    @Override
    public void paint(Graphics2D g, int width, int height) {
        setWidth(width);
        setHeight(height);
        draw(g, width, height);
    }

    @Override
    public double height(double width, double em) {
        if (!square) {
            return width * getHeight() / getWidth() + 4 * em;
        }
        double cells = (width - leftRoom(em) - barRoom(em)) / across() * values.length;
        return cells + Type.titleHeight(getTitle(), em, width) + 3.6 * em;
    }

    @Override
    public String description() {
        double[] finite = Stream.of(values)
                .flatMapToDouble(java.util.Arrays::stream)
                .filter(Double::isFinite)
                .toArray();
        return "Rows: " + rows.title() + ". Columns: " + columns.title() + ". " + finite.length + " cells, "
                + valueTitle
                + ", on a scale from " + ticks.get(0).label() + " to "
                + ticks.get(ticks.size() - 1).label() + ".";
    }

    @Override
    public void draw(Canvas canvas, Frame frame) {
        double em = frame.em();
        canvas.fill(new Rectangle2D.Double(frame.x(), frame.y(), frame.width(), frame.height()), Color.WHITE);
        Rectangle2D map = map(frame, Type.title(getTitle(), canvas, frame));
        cells(canvas, map);
        if (markedRow >= 0) {
            mark(canvas, map, em);
        }
        labels(canvas, map, em);
        bar(canvas, map, em);
    }

    /** Where the cells are, each on whole pixels of a picture of two for one. */
    private Rectangle2D map(Frame frame, double top) {
        double em = frame.em();
        double left = frame.x() + leftRoom(em);
        double right = frame.x() + frame.width() - barRoom(em);
        double bottom = frame.y() + frame.height() - 3.6 * em;
        double width = (right - left) / across();
        double height = (bottom - top) / values.length;
        if (square) {
            width = Math.min(width, height);
            height = width;
        }
        width = Math.floor(2 * width) / 2;
        height = Math.floor(2 * height) / 2;
        double freeX = (right - left) - width * across();
        return new Rectangle2D.Double(
                Math.round(left + freeX / 2), Math.round(top), width * across(), height * values.length);
    }

    private double leftRoom(double em) {
        return 2.8 * em + widest(rows.labels(), em);
    }

    private double barRoom(double em) {
        return 2.2 * em + widest(ticks.stream().map(Tick::label).toList(), em) + 2.6 * em;
    }

    private static double widest(List<String> labels, double em) {
        return labels.stream().mapToDouble(label -> Type.width(label, em)).max().orElse(0);
    }

    private int across() {
        return columns.labels().size();
    }

    private void cells(Canvas canvas, Rectangle2D map) {
        double width = map.getWidth() / across();
        double height = map.getHeight() / values.length;
        boolean isTitled = across() * values.length <= MOST_TITLED;
        Map<Color, Path2D> byColor = new LinkedHashMap<>();
        for (int row = 0; row < values.length; row++) {
            for (int column = 0; column < values[row].length; column++) {
                if (!Double.isFinite(values[row][column])) {
                    continue;
                }
                // a cell reaches under its neighbours, which are drawn later, so that no seam shows between them
                double x = map.getX() + column * width;
                double y = map.getY() + row * height;
                Rectangle2D cell = new Rectangle2D.Double(
                        x,
                        y,
                        width + (isFinite(row, column + 1) ? 0.3 : 0),
                        height + (isFinite(row + 1, column) ? 0.3 : 0));
                if (isTitled) {
                    canvas.begin(hover.of(row, column), x + width / 2, y + height / 2);
                    canvas.fill(cell, Viridis.at(values[row][column]));
                    canvas.end();
                } else {
                    double shade = Math.round(63 * values[row][column]) / 63.0;
                    byColor.computeIfAbsent(Viridis.at(shade), color -> new Path2D.Double(Path2D.WIND_NON_ZERO))
                            .append(cell, false);
                }
            }
        }
        byColor.forEach((color, path) -> canvas.fill(path, color));
    }

    /** White within black, which is seen on every colour. */
    private void mark(Canvas canvas, Rectangle2D map, double em) {
        double width = map.getWidth() / across();
        double height = map.getHeight() / values.length;
        Rectangle2D cell = new Rectangle2D.Double(
                map.getX() + markedColumn * width, map.getY() + markedRow * height, width, height);
        canvas.draw(cell, Look.INK, 5 * em / 13);
        canvas.draw(cell, Color.WHITE, 2 * em / 13);
    }

    private boolean isFinite(int row, int column) {
        return row < values.length && column < values[row].length && Double.isFinite(values[row][column]);
    }

    private void labels(Canvas canvas, Rectangle2D map, double em) {
        double width = map.getWidth() / across();
        double height = map.getHeight() / values.length;
        int everyColumn = Math.max(1, (int) Math.ceil((widest(columns.labels(), em) + 0.6 * em) / width));
        for (int column = 0; column < across(); column += everyColumn) {
            canvas.text(
                    columns.labels().get(column),
                    map.getX() + (column + 0.5) * width,
                    map.getMaxY() + 1.3 * em,
                    em,
                    Canvas.Anchor.MIDDLE,
                    false,
                    Look.INK);
        }
        int everyRow = Math.max(1, (int) Math.ceil(1.25 * em / height));
        for (int row = 0; row < values.length; row += everyRow) {
            canvas.text(
                    rows.labels().get(row),
                    map.getX() - 0.5 * em,
                    map.getY() + (row + 0.5) * height + 0.36 * em,
                    em,
                    Canvas.Anchor.END,
                    false,
                    Look.INK);
        }
        canvas.text(
                getXAxisTitle(),
                map.getCenterX(),
                map.getMaxY() + 2.8 * em,
                1.05 * em,
                Canvas.Anchor.MIDDLE,
                false,
                Look.INK);
        canvas.text(
                getYAxisTitle(),
                map.getX() - widest(rows.labels(), em) - 1.2 * em,
                map.getCenterY(),
                1.05 * em,
                Canvas.Anchor.MIDDLE,
                true,
                Look.INK);
    }

    private void bar(Canvas canvas, Rectangle2D map, double em) {
        double top = map.getY();
        double bottom = map.getMaxY();
        double x = map.getMaxX() + em;
        double thick = 1.2 * em;
        // bands, each reaching to the top, so that no seam shows between them
        for (int band = 0; band < BANDS; band++) {
            double height = (bottom - top) * (BANDS - band) / BANDS;
            canvas.fill(new Rectangle2D.Double(x, top, thick, height), Viridis.at((band + 0.5) / BANDS));
        }
        for (Tick tick : ticks) {
            double y = bottom - tick.place() * (bottom - top);
            canvas.draw(new Line2D.Double(x + thick, y, x + thick + 0.3 * em, y), Look.INK, em / 13);
            canvas.text(tick.label(), x + thick + 0.6 * em, y + 0.36 * em, em, Canvas.Anchor.START, false, Look.INK);
        }
        double right =
                x + thick + 0.6 * em + widest(ticks.stream().map(Tick::label).toList(), em) + 1.2 * em;
        canvas.text(valueTitle, right, (top + bottom) / 2, 1.05 * em, Canvas.Anchor.MIDDLE, true, Look.INK);
    }
}
