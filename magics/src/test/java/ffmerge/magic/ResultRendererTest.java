package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.plot.Picture;
import ffmerge.result.Result;
import ffmerge.view.Views;
import java.awt.Graphics2D;
import java.io.ByteArrayInputStream;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;

class ResultRendererTest {
    private static final ResultRenderer RENDERER = new ResultRenderer(Views.BUILT_IN);
    private static final Pattern IMAGE = Pattern.compile("<img [^>]*src=\"data:image/png;base64,([^\"]+)\"");

    private static String html(DisplayData data) {
        return (String) data.getData(MIMEType.TEXT_HTML);
    }

    private static Map<?, ?> json(DisplayData data) throws Exception {
        return (Map<?, ?>) data.getData(MIMEType.parse(ResultRenderer.MIME_TYPE));
    }

    @Test
    void aResultWithoutAPicture() throws Exception {
        List<DisplayData> outputs = RENDERER.outputs("load", Samples.info());
        assertEquals(1, outputs.size());
        DisplayData data = outputs.get(0);
        assertEquals(ResultText.of(Views.BUILT_IN, Samples.info()), data.getData(MIMEType.TEXT_PLAIN));
        assertTrue(html(data).contains("2,936,576 parameters, 11.7 MB"), html(data));
        assertTrue(html(data).contains("<td style=\"text-align:right\">2,936,576</td>"), html(data));
        assertFalse(data.hasDataForType(MIMEType.IMAGE_PNG));
        assertEquals("load", json(data).get("command"));
        assertEquals("base", ((Map<?, ?>) json(data).get("model")).get("name"));
    }

    /** JupyterLab shows an output's HTML and leaves its PNG aside: they are two outputs. */
    @Test
    void aCommandsPictureIsStoredOnce() throws Exception {
        List<DisplayData> outputs = RENDERER.outputs("sweep", Samples.sweep());
        DisplayData picture = outputs.get(0);
        byte[] bytes = Base64.getDecoder().decode((String) picture.getData(MIMEType.IMAGE_PNG));
        assertEquals(1800, ImageIO.read(new ByteArrayInputStream(bytes)).getWidth());
        assertEquals("sweep", json(picture).get("command"));
        assertFalse(picture.hasDataForType(MIMEType.TEXT_HTML));
        DisplayData rest = outputs.get(1);
        assertEquals("", rest.getData(MIMEType.TEXT_PLAIN), "which the picture's output says");
        assertFalse(html(rest).contains("<img"));
        assertTrue(html(rest).contains("<td style=\"text-align:right;font-weight:bold\" title=\"best\">87.79</td>"));
        assertTrue(html(rest).contains("<td style=\"text-align:right\">88.78</td>"), "not the best");
    }

    @Test
    void aBriefResultHasAllButThePicture() throws Exception {
        DisplayData data = RENDERER.brief("sweep", Samples.sweep());
        assertEquals("sweep", json(data).get("command"));
        assertFalse(data.hasDataForType(MIMEType.IMAGE_PNG));
        assertEquals(0, IMAGE.matcher(html(data)).results().count());
        assertTrue(html(data).contains("<td style=\"text-align:right\">88.78</td>"), html(data));
    }

    @Test
    void aReturnedResultIsOneOutputWithOnePicture() {
        DisplayData data = RENDERER.render(Samples.sweep());
        assertEquals(1, IMAGE.matcher(html(data)).results().count());
        assertTrue(html(data).contains("width=\"900\""));
        assertTrue(html(data).indexOf("<img") < html(data).indexOf("<table"), "the table stands below the picture");
        assertFalse(data.hasDataForType(MIMEType.IMAGE_PNG));
    }

    @Test
    void everyResultCanBeShownAndNamesItsCommand() throws Exception {
        List<String> commands = List.of(
                "info",
                "eval",
                "cka",
                "cka",
                "align",
                "merge",
                "merge",
                "drop",
                "sweep",
                "sweep",
                "explore",
                "choose",
                "tune",
                "compare",
                "grid",
                "save",
                "runs",
                "models",
                "models",
                "mistakes",
                "recipe",
                "merge",
                "scoreboard");
        assertEquals(Samples.all().size(), commands.size());
        for (int i = 0; i < commands.size(); i++) {
            DisplayData data = RENDERER.render(Samples.all().get(i));
            assertEquals(commands.get(i), json(data).get("command"));
            assertFalse(html(data).contains("null"), html(data));
            assertFalse(data.getData(MIMEType.TEXT_PLAIN).toString().contains("null"));
        }
    }

    @Test
    void namesInHtmlAreEscaped() {
        record Strange(String name) implements Result {}
        String html = html(RENDERER.outputs("x", new Strange("<script>")).get(0));
        assertTrue(html.contains("&lt;script&gt;") && !html.contains("<script>"), html);
    }

    /** What is still growing must not be taken for the result. */
    @Test
    void aDraftHasAPictureButNoJson() throws Exception {
        DisplayData data = RENDERER.draft(Samples.tune(300, 120));
        assertEquals(
                "tuned: small after 120 of 300 steps; validation perplexity 84.64 at step 100, on 64 windows of novels.",
                data.getData(MIMEType.TEXT_PLAIN));
        Matcher image = IMAGE.matcher(html(data));
        assertTrue(image.find());
        byte[] bytes = Base64.getDecoder().decode(image.group(1));
        assertEquals(900, ImageIO.read(new ByteArrayInputStream(bytes)).getWidth());
        assertFalse(data.hasDataForType(MIMEType.IMAGE_PNG));
        assertNull(json(data));
    }

    @Test
    void aPictureThatCannotBeDrawnTakesNothingElseAway() {
        XYChart broken = new XYChart(100, 100) {
            @Override
            public void paint(Graphics2D g, int width, int height) {
                throw new InternalError("no fonts here");
            }
        };
        Drawing drawing = Drawing.of(new Picture(List.of(broken)));
        assertNull(drawing.png());
        String html = drawing.html("");
        assertTrue(html.contains("no fonts here") && html.contains("fontconfig"), html);
        assertFalse(drawing.isDrawn());
    }

    @Test
    void theImageIsShownAtHalfItsPixels() {
        Drawing drawing = Drawing.of(Views.BUILT_IN.picture(Samples.align()).orElseThrow());
        byte[] head = new byte[] {(byte) 0x89, 'P', 'N', 'G'};
        assertArrayEquals(head, java.util.Arrays.copyOf(drawing.png(), 4));
        assertEquals(3 * 420, drawing.width());
    }
}
