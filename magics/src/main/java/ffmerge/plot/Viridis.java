package ffmerge.plot;

import java.awt.Color;
import java.util.Arrays;

/** The colour map of the paper's figures: perceptually uniform, readable in grey and without red-green vision. */
final class Viridis {
    private static final int[] STOPS = {
        0x440154, 0x481B6D, 0x46327E, 0x3F4788, 0x365C8D, 0x2E6E8E, 0x277F8E, 0x21918C, 0x1FA187, 0x2DB27D, 0x4AC16D,
        0x73D056, 0xA0DA39, 0xD0E11C, 0xFDE725
    };

    private Viridis() {}

    /** Evenly spaced from the lowest value's colour to the highest's. */
    static Color[] stops() {
        return Arrays.stream(STOPS).mapToObj(Color::new).toArray(Color[]::new);
    }

    /** @param value from 0 to 1 */
    static Color at(double value) {
        double place = value * (STOPS.length - 1);
        int below = Math.min((int) place, STOPS.length - 2);
        Color from = new Color(STOPS[below]);
        Color to = new Color(STOPS[below + 1]);
        return new Color(
                between(from.getRed(), to.getRed(), place - below),
                between(from.getGreen(), to.getGreen(), place - below),
                between(from.getBlue(), to.getBlue(), place - below));
    }

    private static int between(int from, int to, double share) {
        return (int) Math.round(from + share * (to - from));
    }
}
