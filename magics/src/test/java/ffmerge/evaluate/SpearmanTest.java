package ffmerge.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.fixture.ChooseCases;
import ffmerge.result.Interval;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpearmanTest {
    @Test
    void itIsScipys() {
        for (JsonNode ranks : ChooseCases.expected().get("ranks")) {
            double[] x = ChooseCases.row(ranks.get("x"));
            double[] y = ChooseCases.row(ranks.get("y"));
            assertEquals(ranks.get("spearman").asDouble(), Spearman.of(x, y), 1e-12);
            Interval interval = Spearman.interval(x, y, 1).orElseThrow();
            assertTrue(interval.low() <= interval.high() && interval.low() >= -1 && interval.high() <= 1 + 1e-12);
            assertEquals(Optional.of(interval), Spearman.interval(x, y, 1), "a seed draws the same");
        }
    }

    @Test
    void theSameOrderIsOneAndNoOrderIsNoNumber() {
        double[] x = {1, 2, 5, 9};
        assertEquals(1, Spearman.of(x, new double[] {0, 1, 2, 300}), 1e-12);
        assertEquals(-1, Spearman.of(x, new double[] {4, 3, 2, 1}), 1e-12);
        assertTrue(Double.isNaN(Spearman.of(x, new double[] {1, 1, 1, 1})));
        assertEquals(Optional.empty(), Spearman.interval(new double[] {1, 2}, new double[] {1, 2}, 0));
        assertEquals(Optional.empty(), Spearman.interval(x, new double[] {1, 1, 1, 1}, 0));
        double[] one = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        double[] exception = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
        assertEquals(
                Optional.empty(),
                Spearman.interval(one, exception, 0),
                "a third of the resamples are without the exception that makes a correlation");
    }
}
