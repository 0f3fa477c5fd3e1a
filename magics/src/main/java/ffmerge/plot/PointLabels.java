package ffmerge.plot;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.knowm.xchart.internal.chartpart.Annotation;

/** Names beside points. A name that would lie on another moves down until it doesn't. */
public final class PointLabels extends Annotation {
    public record Label(String text, double x, double y) {}

    private static final double GAP = 10;
    private static final Font FONT = Look.type().deriveFont(13f);

    private final List<Label> labels;

    public PointLabels(List<Label> labels) {
        super(false);
        this.labels = labels;
    }

    @Override
    public void paint(Graphics2D g) {
        List<Shape> texts = new ArrayList<>();
        List<Rectangle2D> wanted = new ArrayList<>();
        for (Label label : labels) {
            Shape text = new TextLayout(label.text(), FONT, new FontRenderContext(null, true, true)).getOutline(null);
            texts.add(text);
            wanted.add(beside(label, text.getBounds2D()));
        }
        List<Rectangle2D> places = apart(wanted);
        g.setColor(Look.INK);
        for (int i = 0; i < texts.size(); i++) {
            Rectangle2D bounds = texts.get(i).getBounds2D();
            double dx = places.get(i).getX() - bounds.getX();
            double dy = places.get(i).getY() - bounds.getY();
            g.fill(AffineTransform.getTranslateInstance(dx, dy).createTransformedShape(texts.get(i)));
        }
    }

    /** To the right, or to the left where the chart ends; a little above, as a line may go through the point. */
    private Rectangle2D beside(Label label, Rectangle2D text) {
        double x = getXAxisScreenValue(label.x()) + GAP;
        if (x + text.getWidth() > getXAxisScreenValueForMax()) {
            x -= 2 * GAP + text.getWidth();
        }
        double y = getYAxisScreenValue(label.y()) - text.getHeight() - 3;
        return new Rectangle2D.Double(x, y, text.getWidth(), text.getHeight());
    }

    /** The same rectangles, from the top one on each moved down below those that it would lie on. */
    public static List<Rectangle2D> apart(List<Rectangle2D> wanted) {
        List<Rectangle2D> places = new ArrayList<>(wanted);
        List<Rectangle2D> taken = new ArrayList<>();
        List<Integer> fromTop = IntStream.range(0, wanted.size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> wanted.get(i).getY()))
                .toList();
        for (int i : fromTop) {
            Rectangle2D place = wanted.get(i);
            Optional<Rectangle2D> inTheWay = firstIn(place, taken);
            while (inTheWay.isPresent()) {
                double below = inTheWay.get().getMaxY() + 3;
                place = new Rectangle2D.Double(place.getX(), below, place.getWidth(), place.getHeight());
                inTheWay = firstIn(place, taken);
            }
            taken.add(place);
            places.set(i, place);
        }
        return places;
    }

    private static Optional<Rectangle2D> firstIn(Rectangle2D place, List<Rectangle2D> taken) {
        return taken.stream().filter(place::intersects).findFirst();
    }
}
