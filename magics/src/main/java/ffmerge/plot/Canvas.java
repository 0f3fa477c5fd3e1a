package ffmerge.plot;

import java.awt.Color;
import java.awt.Shape;

/** What figures are drawn on: an image, an SVG or a page of a PDF, in the same few strokes. Lengths are the figure's. */
interface Canvas {
    /** Where a text stands beside its place. */
    enum Anchor {
        START(0),
        MIDDLE(0.5),
        END(1);

        /** The share of the text that lies before its place. */
        final double before;

        Anchor(double before) {
            this.before = before;
        }
    }

    void fill(Shape shape, Color color);

    /** @param dash lengths of strokes and gaps; none for a solid line */
    void draw(Shape shape, Color color, double width, float... dash);

    /**
     * A line of text.
     *
     * @param y of the line that letters stand on
     * @param upwards whether it is read from the bottom to the top
     */
    void text(String text, double x, double y, double size, Anchor anchor, boolean upwards, Color color);

    /**
     * What follows is a mark of its own, until {@link #end}.
     *
     * @param title what a reader is told who points at it
     * @param x about where
     */
    default void begin(String title, double x, double y) {}

    default void end() {}
}
