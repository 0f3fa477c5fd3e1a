package ffmerge.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.style.HeatMapStyler;
import org.knowm.xchart.style.Styler;

/**
 * A matrix as a map of colours with a bar that says which colour is which value. Layers by layers with values from 0 to 1
 * are drawn as the paper draws them: square cells, layer 0 at the top left, always the same colour for the same value. XChart
 * stretches cells to the chart and its own bar has only two labels, so both are done here.
 */
public final class HeatMap extends HeatMapChart {
    private static final int BAR = 16;
    private static final int BANDS = 128;
    private static final int BAR_GAP = 14;
    private static final int BAR_ROOM = 96;

    /** As many as stand side by side without touching. */
    private static final int MOST_LABELS = 18;

    /** What the rows or columns are. */
    public record Axis(String title, List<String> labels) {}

    /**
     * A value on the bar.
     *
     * @param place from 0 to 1
     */
    public record Tick(double place, String label) {}

    private static final List<Tick> FROM_0_TO_1 = Stream.of("0", "0.2", "0.4", "0.6", "0.8", "1")
            .map(label -> new Tick(Double.parseDouble(label), label))
            .toList();

    private final String valueTitle;
    private final List<Tick> ticks;
    private final boolean square;

    /** @param values rows from the top */
    public HeatMap(int width, int height, String title, String axisTitle, String valueTitle, double[][] values) {
        this(width, height, title, axisTitle, valueTitle, values, 1);
    }

    /** @param step by which the numbers of rows and columns grow */
    HeatMap(int width, int height, String title, String axisTitle, String valueTitle, double[][] values, int step) {
        this(
                width,
                height,
                title,
                new Axis(axisTitle, numbers(values.length, step)),
                new Axis(axisTitle, numbers(values.length, step)),
                valueTitle,
                FROM_0_TO_1,
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
        Look.apply(this);
        setTitle(title);
        setXAxisTitle(columns.title());
        setYAxisTitle(rows.title());
        HeatMapStyler style = getStyler();
        style.setLegendVisible(false);
        style.setPlotContentSize(1);
        style.setPlotGridLinesVisible(false);
        style.setPlotMargin(0);
        style.setMin(0);
        style.setMax(1);
        style.setRangeColors(Viridis.stops());
        style.setDrawBorder(true); // else the ground shines through between the cells
        style.setXAxisTickMarkSpacingHint(1);
        style.setYAxisTickMarkSpacingHint(1);

        int n = values.length;
        List<Number[]> cells = new ArrayList<>();
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < values[row].length; column++) {
                if (Double.isFinite(values[row][column])) {
                    cells.add(new Number[] {column, n - 1 - row, values[row][column]});
                }
            }
        }
        List<String> fromBottom = new ArrayList<>(thinned(rows.labels())); // as XChart counts rows
        Collections.reverse(fromBottom);
        addSeries(title, thinned(columns.labels()), fromBottom, cells);
    }

    private static List<String> numbers(int count, int step) {
        return IntStream.range(0, count).mapToObj(i -> String.valueOf(i * step)).toList();
    }

    /** As many as stand side by side. XChart can't draw an empty label. */
    private static List<String> thinned(List<String> labels) {
        int every = (labels.size() + MOST_LABELS - 1) / MOST_LABELS;
        return IntStream.range(0, labels.size())
                .mapToObj(i -> i % every == 0 ? labels.get(i) : " ")
                .toList();
    }

    @Override
    public void paint(Graphics2D g, int width, int height) {
        g.setColor(Color.WHITE);
        g.fill(new Rectangle2D.Double(0, 0, width, height));
        // how much of a chart is plot follows from its type: ask it, then take away what makes the plot oblong
        super.paint(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics(), width - BAR_ROOM, height);
        Rectangle2D asked = plot.getBounds();
        int tooWide = square ? (int) Math.round(asked.getWidth() - asked.getHeight()) : 0;
        int narrower = Math.max(0, tooWide);
        int lower = Math.max(0, -tooWide);

        AffineTransform before = g.getTransform();
        g.translate(narrower / 2, lower / 2);
        super.paint(g, width - BAR_ROOM - narrower, height - lower);
        paintBar(g, plot.getBounds());
        g.setTransform(before);
        setWidth(width);
        setHeight(height);
    }

    private void paintBar(Graphics2D g, Rectangle2D plot) {
        double top = plot.getY();
        double bottom = plot.getMaxY();
        double x = plot.getMaxX() + BAR_GAP;
        // bands instead of a gradient, which SVG doesn't get; each reaches to the top, so that no seam shows between
        // them
        for (int band = 0; band < BANDS; band++) {
            double height = (bottom - top) * (BANDS - band) / BANDS;
            g.setColor(Viridis.at((band + 0.5) / BANDS));
            g.fill(new Rectangle2D.Double(x, top, BAR, height));
        }

        g.setColor(Look.INK);
        g.setStroke(new BasicStroke(1));
        for (Tick tick : ticks) {
            double y = bottom - tick.place() * (bottom - top);
            g.draw(new Line2D.Double(x + BAR, y, x + BAR + 4, y));
            Shape label = outline(tick.label(), 13, 0);
            paint(g, label, x + BAR + 8, y + label.getBounds2D().getHeight() / 2);
        }
        Shape title = outline(valueTitle, 14, -Math.PI / 2);
        Rectangle2D bounds = title.getBounds2D();
        paint(g, title, x + BAR + (square ? 48 : 68), (top + bottom) / 2 + bounds.getHeight() / 2);
    }

    private static Shape outline(String text, float size, double angle) {
        FontRenderContext context = new FontRenderContext(null, true, true);
        return new TextLayout(text, Look.type().deriveFont(size), context)
                .getOutline(AffineTransform.getRotateInstance(angle));
    }

    private static void paint(Graphics2D g, Shape text, double x, double y) {
        g.fill(AffineTransform.getTranslateInstance(x, y).createTransformedShape(text));
    }
}
