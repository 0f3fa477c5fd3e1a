package ffmerge.plot;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelPlacesTest {
    private static final Rectangle2D PLOT = new Rectangle2D.Double(0, 0, 400, 300);

    @Test
    void namesLieNeitherOnEachOtherNorOnWhatIsTakenNorOutside() {
        LabelPlaces places = new LabelPlaces(PLOT);
        List<Rectangle2D> taken = new ArrayList<>();
        for (double x : new double[] {5, 200, 395}) {
            for (double y : new double[] {5, 150, 160, 295}) {
                Rectangle2D mark = new Rectangle2D.Double(x - 4, y - 4, 8, 8);
                taken.add(mark);
                places.take(mark);
            }
        }
        for (Rectangle2D mark : List.copyOf(taken)) {
            Rectangle2D name = places.place(mark.getCenterX(), mark.getCenterY(), 70, 12, 9);
            taken.forEach(other -> assertFalse(other.intersects(name), name + " on " + other));
            assertTrue(PLOT.contains(name), name.toString());
            taken.add(name);
        }
    }
}
