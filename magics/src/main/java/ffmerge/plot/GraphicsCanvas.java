package ffmerge.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;

/** Java's own graphics: images. */
record GraphicsCanvas(Graphics2D g) implements Canvas {
    GraphicsCanvas {
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    }

    @Override
    public void fill(Shape shape, Color color) {
        g.setColor(color);
        g.fill(shape);
    }

    @Override
    public void draw(Shape shape, Color color, double width, float... dash) {
        g.setColor(color);
        g.setStroke(
                dash.length == 0
                        ? new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND)
                        : new BasicStroke((float) width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dash, 0));
        g.draw(shape);
    }

    @Override
    public void text(String text, double x, double y, double size, Anchor anchor, boolean upwards, Color color) {
        AffineTransform before = g.getTransform();
        g.translate(x, y);
        if (upwards) {
            g.rotate(-Math.PI / 2);
        }
        g.setColor(color);
        g.setFont(Type.font(text, size));
        g.drawString(text, (float) (-anchor.before * Type.width(text, size)), 0);
        g.setTransform(before);
    }
}
