package ffmerge.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

class MicroscopeTest {
    private static final SmallFeedForward EIGHT = SmallFeedForward.random(3, 8, 2, 7);
    private static final double[] X = {1, -0.5, 2};

    private static List<String> texts(Figure figure) throws Exception {
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(figure.svg().getBytes(StandardCharsets.UTF_8)));
        NodeList texts = document.getElementsByTagName("text");
        return IntStream.range(0, texts.getLength())
                .mapToObj(i -> texts.item(i).getTextContent())
                .toList();
    }

    @Test
    void eachStepSwapsTwoUnitsAndKeepsTheOutput() throws Exception {
        List<String> texts = texts(Microscope.steps(EIGHT, X, 3, 6, 7, 5, 0, 1, 2, 4));
        List<String> outputs =
                texts.stream().filter(t -> t.startsWith("out = ")).toList();
        assertEquals(8, outputs.size(), "seven swaps");
        assertEquals(1, outputs.stream().distinct().count(), outputs::toString);
        List<String> last = texts.subList(texts.size() - 9, texts.size() - 1);
        assertEquals(List.of("3", "6", "7", "5", "0", "1", "2", "4"), last);
    }

    @Test
    void anOrderThatIsThereNeedsNoSwap() throws Exception {
        Figure figure = Microscope.steps(EIGHT, X, 0, 1, 2, 3, 4, 5, 6, 7);
        assertEquals(
                1, texts(figure).stream().filter(t -> t.startsWith("out = ")).count());
        assertTrue(figure.description().contains("by 0 swaps"), figure.description());
    }

    @Test
    void theSolverMatchesWhatTheEyeWould() {
        SmallFeedForward shuffled = EIGHT.permuted(2, 0, 1, 7, 6, 5, 4, 3);
        int[] solved = Microscope.solve(EIGHT, shuffled);
        assertArrayEquals(new int[] {1, 2, 0, 7, 6, 5, 4, 3}, solved);
        assertTrue(Microscope.match(EIGHT, shuffled, solved)
                .description()
                .endsWith("sum to 8.00; the best order has 8.00"));
        assertTrue(Microscope.match(EIGHT, shuffled, 0, 1, 2, 3, 4, 5, 6, 7)
                .description()
                .endsWith("the best order has 8.00"));
    }

    @Test
    void aMatchedUnitHasItsPartnersColour() throws Exception {
        SmallFeedForward swapped = EIGHT.permuted(1, 0, 2, 3, 4, 5, 6, 7);
        String svg = Microscope.match(EIGHT, swapped, 1, 0, 2, 3, 4, 5, 6, 7).svg();
        List<String> colors = Arrays.stream(svg.split("<circle "))
                .skip(1)
                .map(circle -> circle.replaceFirst("(?s).*?fill=\"([^\"]*)\".*", "$1"))
                .toList();
        assertEquals(colors.get(0), colors.get(8 + 1));
        assertEquals(colors.get(1), colors.get(8));
        assertEquals(8, colors.subList(0, 8).stream().distinct().count());
    }

    @Test
    void anOrderHasEachUnitOnce() {
        assertThrows(IllegalArgumentException.class, () -> Microscope.steps(EIGHT, X, 0, 0, 1, 2, 3, 4, 5, 6));
    }
}
