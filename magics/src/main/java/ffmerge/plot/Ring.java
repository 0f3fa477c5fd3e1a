package ffmerge.plot;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import org.knowm.xchart.style.markers.Marker;

/** A circle around a point, which leaves the point's own marker to be seen. */
final class Ring extends Marker {
    private static final BasicStroke STROKE = new BasicStroke(2);

    @Override
    public void paint(Graphics2D g, double x, double y, int markerSize) {
        double size = 2.2 * markerSize;
        g.setStroke(STROKE);
        g.draw(new Ellipse2D.Double(x - size / 2, y - size / 2, size, size));
    }
}
