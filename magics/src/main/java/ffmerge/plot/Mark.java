package ffmerge.plot;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.Map;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** What stands at a point, told apart by its shape where colours can't be; about as large to the eye as any other. */
public final class Mark extends Marker {
    public static final Mark NONE = new Mark(Form.NONE, false);
    public static final Mark CIRCLE = new Mark(Form.CIRCLE, false);
    public static final Mark SQUARE = new Mark(Form.SQUARE, false);
    public static final Mark DIAMOND = new Mark(Form.DIAMOND, false);
    public static final Mark UP = new Mark(Form.UP, false);
    public static final Mark DOWN = new Mark(Form.DOWN, false);
    public static final Mark PENTAGON = new Mark(Form.PENTAGON, false);
    public static final Mark STAR = new Mark(Form.STAR, false);
    public static final Mark CROSS = new Mark(Form.CROSS, true);
    public static final Mark PLUS = new Mark(Form.PLUS, true);
    /** Around a point, which leaves the point's own mark to be seen. */
    static final Mark RING = new Mark(Form.RING, true);

    private static final Map<Marker, Mark> OF_XCHART = Map.of(
            SeriesMarkers.NONE, NONE,
            SeriesMarkers.SQUARE, SQUARE,
            SeriesMarkers.DIAMOND, DIAMOND,
            SeriesMarkers.TRIANGLE_UP, UP,
            SeriesMarkers.TRIANGLE_DOWN, DOWN,
            SeriesMarkers.CROSS, CROSS,
            SeriesMarkers.PLUS, PLUS);

    private enum Form {
        NONE,
        CIRCLE,
        SQUARE,
        DIAMOND,
        UP,
        DOWN,
        PENTAGON,
        STAR,
        CROSS,
        PLUS,
        RING
    }

    private final Form form;
    /** Only its outline is drawn. */
    private final boolean isHollow;

    private Mark(Form form, boolean isHollow) {
        this.form = form;
        this.isHollow = isHollow;
    }

    /** Our own, or the one that is like XChart's. */
    static Mark of(Marker marker) {
        return marker instanceof Mark own ? own : OF_XCHART.getOrDefault(marker, CIRCLE);
    }

    /** The same with its outline alone. */
    public Mark hollow() {
        return new Mark(form, true);
    }

    boolean isHollow() {
        return isHollow;
    }

    boolean isNone() {
        return form == Form.NONE;
    }

    boolean isRing() {
        return form == Form.RING;
    }

    /** @param size across, of a circle */
    Shape at(double x, double y, double size) {
        double r = size / 2;
        return switch (form) {
            case NONE -> new Path2D.Double();
            case CIRCLE -> new Ellipse2D.Double(x - r, y - r, size, size);
            case RING -> new Ellipse2D.Double(x - 1.1 * size, y - 1.1 * size, 2.2 * size, 2.2 * size);
            case SQUARE -> new Rectangle2D.Double(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
            case DIAMOND -> corners(x, y, 1.25 * r, 1.25 * r, 4, 0);
            case UP -> corners(x, y + 0.15 * r, 1.25 * r, 1.25 * r, 3, 0);
            case DOWN -> corners(x, y - 0.15 * r, 1.25 * r, 1.25 * r, 3, Math.PI);
            case PENTAGON -> corners(x, y, 1.15 * r, 1.15 * r, 5, 0);
            case STAR -> corners(x, y, 1.4 * r, 0.6 * r, 10, 0);
            case CROSS -> strokes(x, y, 0.85 * r, 0.85 * r, 0.85 * r, -0.85 * r);
            case PLUS -> strokes(x, y, 1.1 * r, 0, 0, 1.1 * r);
        };
    }

    /** From the top on, every other one nearer to the middle where the radii differ. */
    private static Shape corners(double x, double y, double radius, double other, int count, double turn) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < count; i++) {
            double angle = turn + 2 * Math.PI * i / count;
            double far = i % 2 == 0 ? radius : other;
            double px = x + far * Math.sin(angle);
            double py = y - far * Math.cos(angle);
            if (i == 0) {
                path.moveTo(px, py);
            } else {
                path.lineTo(px, py);
            }
        }
        path.closePath();
        return path;
    }

    private static Shape strokes(double x, double y, double dx, double dy, double ex, double ey) {
        Path2D path = new Path2D.Double();
        path.moveTo(x - dx, y - dy);
        path.lineTo(x + dx, y + dy);
        path.moveTo(x - ex, y - ey);
        path.lineTo(x + ex, y + ey);
        return path;
    }

    /** In a chart that XChart draws. */
    @Override
    public void paint(Graphics2D g, double x, double y, int markerSize) {
        Shape shape = at(x, y, markerSize);
        if (isHollow) {
            g.setStroke(new BasicStroke(2));
            g.draw(shape);
        } else {
            g.fill(shape);
        }
    }
}
