package ffmerge.plot;

import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/** Finds room for names beside their points: on no mark, on no other name, within the plot. */
final class LabelPlaces {
    /** Where a name may stand, nearest first: right, left, above, below, then aslant; then the same farther off. */
    private static final double[][] DIRECTIONS = {
        {1, -0.45}, {-1, -0.45}, {0, -1}, {0, 1}, {1, 0.6}, {-1, 0.6}, {1, -1}, {-1, -1}, {1, 1}, {-1, 1}
    };

    private static final double[] REACHES = {1, 1.8, 2.8, 4, 5.5};

    private final Rectangle2D plot;
    private final List<Rectangle2D> taken = new ArrayList<>();

    LabelPlaces(Rectangle2D plot) {
        this.plot = plot;
    }

    /** Keeps a place free of names. */
    void take(Rectangle2D place) {
        taken.add(place);
    }

    /**
     * @param gap between a point's middle and a name next to it
     * @return where the name stands; where there is no room at all, where it hides least
     */
    Rectangle2D place(double x, double y, double width, double height, double gap) {
        Rectangle2D best = null;
        double least = Double.POSITIVE_INFINITY;
        for (double reach : REACHES) {
            for (double[] direction : DIRECTIONS) {
                Rectangle2D place = beside(x, y, width, height, gap * reach, direction);
                double hidden = hidden(place);
                if (hidden < least) {
                    least = hidden;
                    best = place;
                }
                if (hidden == 0) {
                    taken.add(place);
                    return place;
                }
            }
        }
        taken.add(best);
        return best;
    }

    private static Rectangle2D beside(double x, double y, double width, double height, double gap, double[] direction) {
        double left = direction[0] > 0 ? x + gap : direction[0] < 0 ? x - gap - width : x - width / 2;
        double middle = direction[0] == 0 ? y + direction[1] * (gap + height / 2) : y + direction[1] * gap;
        return new Rectangle2D.Double(left, middle - height / 2, width, height);
    }

    private double hidden(Rectangle2D place) {
        double inside = area(place.createIntersection(plot));
        double hidden = 4 * (area(place) - inside);
        for (Rectangle2D other : taken) {
            if (other.intersects(place)) {
                hidden += area(other.createIntersection(place));
            }
        }
        return hidden < 1e-6 ? 0 : hidden;
    }

    private static double area(Rectangle2D of) {
        return Math.max(0, of.getWidth()) * Math.max(0, of.getHeight());
    }
}
