package ffmerge.plot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.result.CkaResult;
import ffmerge.result.Result;
import ffmerge.view.Views;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class PictureTest {
    @Test
    void theSvgHasThePicturesSizeAndColours() {
        Picture picture = Views.BUILT_IN.picture(Samples.sweep()).orElseThrow();
        String svg = picture.svg();
        Element root = Svg.of(picture).root();
        assertEquals("svg", root.getTagName());
        assertEquals("900", root.getAttribute("width"));
        assertEquals("520", root.getAttribute("height"));
        assertTrue(svg.contains("#0072b2") && svg.contains("#d55e00"), "the lines' colours");
    }

    @Test
    void theSvgOfAHeatMapHasItsColourBar() {
        double[][] values = {{0.5, 0.5}, {0.5, 0.5}};
        CkaResult result = CkaResult.of("m", "attention", 1, Map.of("decoder", values));
        Color high = Viridis.at(1 - 0.5 / 128);
        String fill = String.format("#%02x%02x%02x", high.getRed(), high.getGreen(), high.getBlue());
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
    void pointsAreDots() {
        int[] order = Samples.align().permutation();
        Plot plot = new Plot(620, 620);
        plot.getStyler().setMarkerSize(4);
        Look.points(
                plot,
                "matched units",
                IntStream.range(0, order.length).asDoubleStream().toArray(),
                Arrays.stream(order).asDoubleStream().toArray(),
                Look.BLUE,
                Mark.CIRCLE);
        int blue = Pixels.of(new Picture(List.of(plot)).png()).count(Look.BLUE);
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
