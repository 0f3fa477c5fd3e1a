package ffmerge.plot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.result.AlignResult;
import ffmerge.result.CkaResult;
import ffmerge.result.Result;
import ffmerge.view.Views;
import java.awt.Color;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.w3c.dom.Element;

class PictureTest {
    @Test
    void theSvgHasThePicturesSizeAndColours() throws Exception {
        Picture picture = Views.BUILT_IN.picture(Samples.sweep()).orElseThrow();
        String svg = picture.svg();
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        Element root = factory.newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
                .getDocumentElement();
        assertEquals("svg", root.getTagName());
        assertEquals("900", root.getAttribute("width"));
        assertEquals("520", root.getAttribute("height"));
        assertTrue(svg.contains("rgb(0,114,178)") && svg.contains("rgb(213,94,0)"), "the lines' colours");
    }

    @Test
    void theSvgOfAHeatMapHasItsColourBar() {
        double[][] values = {{0.5, 0.5}, {0.5, 0.5}};
        CkaResult result = CkaResult.of("m", "attention", 1, Map.of("decoder", values));
        Color high = Viridis.at(1 - 0.5 / 128);
        String fill = "rgb(" + high.getRed() + "," + high.getGreen() + "," + high.getBlue() + ")";
        assertTrue(Views.BUILT_IN.picture(result).orElseThrow().svg().contains(fill), fill);
    }

    @Test
    void aDraftHasOnePixelForEachOfThePage() {
        Picture picture = Views.BUILT_IN.picture(Samples.tune()).orElseThrow();
        Pixels draft = Pixels.of(picture.draftPng());
        assertEquals(picture.width(), draft.image().getWidth());
        assertEquals(picture.height(), draft.image().getHeight());
    }

    /** Numbers on axes and in legends are written the same way everywhere, as they are in the tables. */
    @Test
    void aPictureDoesNotDependOnTheMachinesLanguage() {
        Locale before = Locale.getDefault();
        byte[] english = Views.BUILT_IN.picture(Samples.sweep()).orElseThrow().png();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertArrayEquals(
                    english,
                    Views.BUILT_IN.picture(Samples.sweep()).orElseThrow().png());
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void matchedUnitsAreDots() {
        AlignResult result = Samples.align();
        XYChart chart = (XYChart) Views.BUILT_IN.charts(result).get(0);
        double[] matched = chart.getSeries("matched units").getYData();
        assertEquals(512, matched.length);
        assertEquals(result.permutation()[100], matched[100]);
        int blue = Pixels.of(new Picture(List.of(chart)).png()).count(Look.BLUE);
        assertTrue(blue > 512 * 15, "512 dots have " + blue + " pixels");
    }

    @Test
    void resultsWithoutAPicture() {
        for (Result result : List.of(Samples.eval(), Samples.info(), Samples.merge(), Samples.runs())) {
            assertTrue(Views.BUILT_IN.picture(result).isEmpty(), result.toString());
        }
    }

    /** XChart prints what it can't place. */
    @Test
    void drawingSaysNothing() {
        PrintStream before = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            Samples.all().forEach(result -> Views.BUILT_IN.picture(result).ifPresent(Picture::png));
        } finally {
            System.setOut(before);
        }
        assertEquals("", said.toString(StandardCharsets.UTF_8));
    }
}
