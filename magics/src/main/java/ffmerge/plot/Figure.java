package ffmerge.plot;

/** A chart that is drawn by ourselves, in any size and on any canvas. */
public interface Figure {
    /**
     * Where a figure stands and how large its letters are.
     *
     * @param em of its tick labels, in the unit of the other lengths; all that isn't data grows with it
     */
    record Frame(double x, double y, double width, double height, double em) {}

    void draw(Canvas canvas, Frame frame);

    /** How high it is best drawn where it is so wide. */
    double height(double width, double em);

    /** What it shows, for those who don't see it. */
    String description();
}
