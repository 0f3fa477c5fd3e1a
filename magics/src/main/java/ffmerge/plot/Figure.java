package ffmerge.plot;

import java.awt.Graphics2D;

/** A chart that is drawn by ourselves, in any size and on any canvas. */
public interface Figure {
    /**
     * Where a figure stands and how large its letters are.
     *
     * @param em of its tick labels, in the unit of the other lengths; all that isn't data grows with it
     */
    record Frame(double x, double y, double width, double height, double em) {}

    void draw(Canvas canvas, Frame frame);

    /** Draws it as large as a page's pictures have it. */
    default void draw(Graphics2D g, int width, int height) {
        draw(new GraphicsCanvas(g), new Frame(0, 0, width, height, Look.EM));
    }

    /** How high it is best drawn where it is so wide. */
    double height(double width, double em);

    /** What it shows, for those who don't see it. */
    String description();
}
