package ffmerge.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * Charts as one image: side by side as far as a page is wide, the others below. Width and height are those that a page
 * should give it, in CSS pixels; those of a picture for a paper are in points.
 */
public final class Picture {
    /** Two of the image's pixels for one of the page's, as screens have it. */
    private static final double SHARP = 2;

    /** As wide as a notebook's page on a large screen. */
    private static final int PAGE = 1260;

    /** Of a paper's letters, and of its images' dots; the least width of a chart. */
    private static final double PAPER_EM = 8;

    private static final double PAPER_DOTS = 300;
    private static final double PAPER_LEAST = 150;
    private static final double POINTS = 72;

    /** A mark that a reader may point at, its place from the top left. */
    public record Spot(double x, double y, String title) {}

    private final List<? extends Chart<?, ?>> charts;
    private final List<Figure.Frame> frames;
    private final boolean isForPaper;

    public Picture(List<? extends Chart<?, ?>> charts) {
        this(charts, OptionalDouble.empty());
    }

    private Picture(List<? extends Chart<?, ?>> charts, OptionalDouble points) {
        this.charts = List.copyOf(charts);
        this.isForPaper = points.isPresent();
        this.frames = points.isPresent() ? onPaper(charts, points.getAsDouble()) : onPage(charts);
    }

    /** The same for a paper, so many points wide (of which an inch has 72), with letters that are read at that size. */
    public Picture ofWidth(double points) {
        return new Picture(charts, OptionalDouble.of(points));
    }

    private static List<Figure.Frame> onPage(List<? extends Chart<?, ?>> charts) {
        List<Figure.Frame> frames = new ArrayList<>();
        double x = 0;
        double y = 0;
        double lowest = 0;
        for (Chart<?, ?> chart : charts) {
            if (x > 0 && x + chart.getWidth() > PAGE) {
                x = 0;
                y = lowest;
            }
            frames.add(new Figure.Frame(x, y, chart.getWidth(), chart.getHeight(), Look.EM));
            x += chart.getWidth();
            lowest = Math.max(lowest, y + chart.getHeight());
        }
        return frames;
    }

    private static List<Figure.Frame> onPaper(List<? extends Chart<?, ?>> charts, double width) {
        int columns = (int) Math.max(1, Math.min(charts.size(), Math.floor(width / PAPER_LEAST)));
        double each = width / columns;
        List<Figure.Frame> frames = new ArrayList<>();
        double y = 0;
        for (int first = 0; first < charts.size(); first += columns) {
            List<? extends Chart<?, ?>> row = charts.subList(first, Math.min(charts.size(), first + columns));
            double height = row.stream()
                    .mapToDouble(chart -> chart instanceof Figure figure
                            ? figure.height(each, PAPER_EM)
                            : each * chart.getHeight() / chart.getWidth())
                    .max()
                    .orElseThrow();
            for (int i = 0; i < row.size(); i++) {
                frames.add(new Figure.Frame(i * each, y, each, height, PAPER_EM));
            }
            y += height;
        }
        return frames;
    }

    public int width() {
        return (int) Math.ceil(exactWidth());
    }

    public int height() {
        return (int) Math.ceil(exactHeight());
    }

    private double exactWidth() {
        return frames.stream().mapToDouble(f -> f.x() + f.width()).max().orElse(0);
    }

    private double exactHeight() {
        return frames.stream().mapToDouble(f -> f.y() + f.height()).max().orElse(0);
    }

    /** With two pixels for each of {@link #width} and {@link #height}; for a paper 300 an inch. */
    public byte[] png() {
        double scale = isForPaper ? PAPER_DOTS / POINTS : SHARP;
        return Png.encode(Png.indexed(image(scale)), 0.2f, isForPaper ? PAPER_DOTS : 96 * SHARP);
    }

    /** With a pixel for each of {@link #width} and {@link #height}: for a picture that is soon replaced. */
    public byte[] draftPng() {
        return Png.encode(image(1), 0.8f, 96);
    }

    private BufferedImage image(double scale) {
        BufferedImage image = new BufferedImage(
                (int) Math.round(scale * exactWidth()),
                (int) Math.round(scale * exactHeight()),
                BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        g.scale(scale, scale);
        for (int i = 0; i < charts.size(); i++) {
            paint(g, charts.get(i), frames.get(i));
        }
        g.dispose();
        return image;
    }

    /** A chart that isn't ours is XChart's to draw, at the size for which its letters are made. */
    private void paint(Graphics2D g, Chart<?, ?> chart, Figure.Frame frame) {
        if (chart instanceof Figure figure) {
            figure.draw(new GraphicsCanvas(g), frame);
            return;
        }
        AffineTransform before = g.getTransform();
        g.translate(frame.x(), frame.y());
        g.scale(frame.width() / chart.getWidth(), frame.width() / chart.getWidth());
        chart.paint(g, chart.getWidth(), chart.getHeight());
        g.setTransform(before);
    }

    /** As a document of its own, with text as text, a title for each mark, and colours for dark pages too. */
    public String svg() {
        SvgCanvas canvas = new SvgCanvas(exactWidth(), exactHeight(), isForPaper ? "pt" : "", title(), description());
        canvas.fill(new Rectangle2D.Double(0, 0, exactWidth(), exactHeight()), Color.WHITE);
        for (int i = 0; i < charts.size(); i++) {
            draw(canvas, charts.get(i), frames.get(i));
        }
        return canvas.finish();
    }

    /** A page as large as the picture, with text as text and its letters in the file. */
    public byte[] pdf() {
        // a page's pixel is 1/96 of an inch
        double scale = isForPaper ? 1 : POINTS / 96;
        try (PdfCanvas canvas = new PdfCanvas(scale * exactWidth(), scale * exactHeight(), title(), description())) {
            for (int i = 0; i < charts.size(); i++) {
                Figure.Frame f = frames.get(i);
                Figure.Frame scaled = new Figure.Frame(
                        scale * f.x(), scale * f.y(), scale * f.width(), scale * f.height(), scale * f.em());
                draw(canvas, charts.get(i), scaled);
            }
            return canvas.finish();
        }
    }

    /** All marks that have something to say, in CSS pixels of the page. */
    public List<Spot> spots() {
        List<Spot> spots = new ArrayList<>();
        Canvas canvas = new Canvas() {
            @Override
            public void fill(Shape shape, Color color) {}

            @Override
            public void draw(Shape shape, Color color, double width, float... dash) {}

            @Override
            public void text(String text, double x, double y, double size, Anchor anchor, boolean up, Color color) {}

            @Override
            public void begin(String title, double x, double y) {
                if (Double.isFinite(x) && Double.isFinite(y)) {
                    spots.add(new Spot(x, y, title));
                }
            }
        };
        for (int i = 0; i < charts.size(); i++) {
            if (charts.get(i) instanceof Figure figure) {
                figure.draw(canvas, frames.get(i));
            }
        }
        return spots;
    }

    /** In what isn't pixels, points and lines are drawn by ourselves, whoever made the chart. */
    private static void draw(Canvas canvas, Chart<?, ?> chart, Figure.Frame frame) {
        if (chart instanceof Figure figure) {
            figure.draw(canvas, frame);
        } else if (chart instanceof XYChart lines) {
            new XyPainter(lines, canvas, frame).draw();
        } else {
            throw new IllegalArgumentException(chart.getClass() + " is no figure of ours");
        }
    }

    private String title() {
        return charts.stream()
                .map(chart -> String.valueOf(chart.getTitle()))
                .distinct()
                .collect(Collectors.joining("; "));
    }

    /** What the charts show, for those who don't see it. */
    public String description() {
        return charts.stream()
                .map(chart -> chart instanceof Figure figure
                        ? figure.description()
                        : chart instanceof XYChart lines ? Plot.describe(lines) : "")
                .collect(Collectors.joining(" "));
    }
}
