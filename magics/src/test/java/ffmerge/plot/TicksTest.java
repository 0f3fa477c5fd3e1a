package ffmerge.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TicksTest {
    private static List<String> labels(Ticks ticks) {
        return ticks.labelled().stream().map(Ticks.Tick::label).toList();
    }

    @Test
    void roundNumbersWithTheDigitsThatTellThemApart() {
        assertEquals(List.of("0", "1", "2"), labels(Ticks.linear(-0.2, 2.3, 3)));
        assertEquals(List.of("0.0", "0.5", "1.0", "1.5", "2.0"), labels(Ticks.linear(0, 2.3, 5)));
        assertEquals(List.of("-0.02", "0.00", "0.02"), labels(Ticks.linear(-0.03, 0.031, 4)));
        assertEquals(List.of("80,000", "100,000", "120,000"), labels(Ticks.linear(7e4, 1.3e5, 4)));
    }

    @Test
    void multiplesOfPowersOfTenAreLabelledAsFarAsThereIsRoom() {
        assertEquals(List.of("50", "100", "200", "500", "1,000", "2,000"), labels(Ticks.logarithmic(50, 2400, 7)));
        assertEquals(List.of("100", "300", "1,000"), labels(Ticks.logarithmic(50, 2400, 3)));
        assertEquals(List.of("0.05", "0.1", "0.2", "0.5", "1", "2"), labels(Ticks.logarithmic(0.05, 2, 7)));
        assertEquals(
                List.of("80", "100", "120", "140"), labels(Ticks.logarithmic(79, 150, 4)), "no power of ten apart");
        assertTrue(Ticks.logarithmic(50, 2400, 7).minor().contains(300.0));
    }

    @Test
    void noLabelStandsTwiceOrWhereItIsNotMeant() {
        Random random = new Random(3);
        for (int i = 0; i < 2000; i++) {
            double from = Math.pow(10, 12 * random.nextDouble() - 5) * (random.nextBoolean() ? 1 : -1);
            double to = from + Math.pow(10, 12 * random.nextDouble() - 5);
            int most = 2 + random.nextInt(12);
            check(Ticks.linear(from, to, most), from, to);
            if (from > 0) {
                check(Ticks.logarithmic(from, to, most), from, to);
            }
        }
    }

    private static void check(Ticks ticks, double from, double to) {
        List<String> labels = labels(ticks);
        String where = from + " to " + to + ": " + labels;
        assertEquals(labels.size(), new HashSet<>(labels).size(), where);
        double slack = 1e-6 * Math.max(Math.abs(from), Math.abs(to)) + 1e-6 * (to - from);
        for (Ticks.Tick tick : ticks.labelled()) {
            assertTrue(tick.value() >= from - slack && tick.value() <= to + slack, where);
            assertEquals(tick.value(), Double.parseDouble(tick.label().replace(",", "")), (to - from) / 100, where);
        }
    }
}
