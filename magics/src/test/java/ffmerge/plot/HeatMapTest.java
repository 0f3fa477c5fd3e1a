package ffmerge.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.result.CkaResult;
import ffmerge.view.Views;
import java.awt.Color;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeatMapTest {
    private static final Color LOWEST = new Color(0x440154);
    private static final Color MIDDLE = new Color(0x21918C);
    private static final Color HIGHEST = new Color(0xFDE725);

    private static Pixels draw(double[][] values) {
        CkaResult result = CkaResult.of("m", "attention", 1, Map.of("decoder", values));
        return Pixels.of(Views.BUILT_IN.picture(result).orElseThrow().png());
    }

    /** The matrix is not symmetric, as a real one would be, so that rows and columns can be told apart. */
    @Test
    void layerZeroIsAtTheTopLeftAndRowsGoDown() {
        Pixels pixels = draw(new double[][] {{1, 0}, {0.5, 1}});
        int[] corner = pixels.first(HIGHEST);
        int x = corner[0] + 2;
        int y = corner[1] + 2;
        int cell = pixels.run(x, y, 1, 0);
        assertEquals(HIGHEST, pixels.at(x, y));
        assertEquals(LOWEST, pixels.at(x + cell + 20, y));
        assertEquals(MIDDLE, pixels.at(x, y + cell + 20));
        assertEquals(HIGHEST, pixels.at(x + cell + 20, y + cell + 20));
    }

    @Test
    void cellsAreSquareWhateverTheSpace() {
        for (int width : List.of(500, 900)) {
            HeatMap map = new HeatMap(width, 520, "title", "axis", "CKA", new double[][] {{1, 0}, {0, 1}}, 1);
            Pixels pixels = Pixels.of(new Picture(List.of(map)).png());
            int[] corner = pixels.first(HIGHEST);
            int across = pixels.run(corner[0] + 2, corner[1] + 2, 1, 0);
            int down = pixels.run(corner[0] + 2, corner[1] + 2, 0, 1);
            assertTrue(across > 200, "a cell is " + across + " pixels wide");
            assertEquals(across, down, 3);
            assertEquals(width, map.getWidth());
        }
    }

    /** A value has the same colour whatever else the matrix holds. */
    @Test
    void theScaleGoesFromZeroToOne() {
        Pixels pixels = draw(new double[][] {{0.5, 0.5}, {0.5, 0.5}});
        // the cells; the colour bar has a line of that colour, and of each other
        assertTrue(pixels.count(MIDDLE) > 400_000, "" + pixels.count(MIDDLE));
        assertTrue(pixels.countLike(HIGHEST, 3) > 10, "the colour bar ends with the highest value's colour");
    }

    @Test
    void aValueThatIsNotANumberIsLeftOut() {
        Pixels pixels = draw(new double[][] {{1, Double.NaN}, {Double.NaN, 1}});
        int[] corner = pixels.first(HIGHEST);
        int cell = pixels.run(corner[0] + 2, corner[1] + 2, 1, 0);
        assertEquals(Color.WHITE, pixels.at(corner[0] + cell + 40, corner[1] + 40));
    }

    @Test
    void stacksStandSideBySide() {
        Picture picture = Views.BUILT_IN.picture(Samples.ckaOfTwoStacks()).orElseThrow();
        Pixels pixels = Pixels.of(picture.png());
        assertEquals(1000, picture.width());
        assertEquals(2 * picture.width(), pixels.image().getWidth());
        assertEquals(2 * picture.height(), pixels.image().getHeight());
        assertEquals(
                List.of("mt encoder", "mt decoder"),
                Views.BUILT_IN.charts(Samples.ckaOfTwoStacks()).stream()
                        .map(chart -> chart.getTitle())
                        .toList());
    }
}
