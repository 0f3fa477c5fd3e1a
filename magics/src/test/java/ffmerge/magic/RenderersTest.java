package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.Samples;
import ffmerge.correlation.CorrelationMatrix;
import ffmerge.lab.Microscope;
import ffmerge.lab.SmallFeedForward;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.similarity.SimilarityMatrix;
import ffmerge.view.Views;
import java.util.stream.IntStream;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/** What a cell shows whose last line is a Java value. */
class RenderersTest {
    private final Renderer renderer = new Renderer();

    RenderersTest() {
        Renderers.register(renderer, Views.BUILT_IN);
    }

    private String html(Object value) {
        return (String) renderer.render(value).getData(MIMEType.TEXT_HTML);
    }

    /** Half a megabyte each, in every notebook that is saved. */
    private void assertHasOnePicture(Object value) {
        DisplayData usual = renderer.render(value);
        assertEquals(2, html(value).split("<img ", -1).length);
        assertFalse(usual.hasDataForType(MIMEType.IMAGE_PNG));
        DisplayData asked = renderer.renderAs(value, "image/png");
        assertTrue(asked.hasDataForType(MIMEType.IMAGE_PNG));
        assertFalse(asked.hasDataForType(MIMEType.TEXT_HTML));
        assertEquals(usual.getData(MIMEType.TEXT_PLAIN), asked.getData(MIMEType.TEXT_PLAIN));
    }

    @Test
    void aResultWithAPicture() {
        assertHasOnePicture(Samples.sweep());
        assertHasOnePicture(Samples.cka());
    }

    @Test
    void aResult() {
        DisplayData data = renderer.render(Samples.eval());
        assertEquals(ResultText.of(Views.BUILT_IN, Samples.eval()), data.getData(MIMEType.TEXT_PLAIN));
        assertTrue(html(Samples.eval()).contains("80.65"));
    }

    @Test
    void aChart() {
        DisplayData data =
                renderer.render(Views.BUILT_IN.charts(Samples.sweep()).get(0));
        assertTrue(data.hasDataForType(MIMEType.IMAGE_PNG));
        assertFalse(data.hasDataForType(MIMEType.TEXT_HTML), "which would be the same picture again");
        assertEquals("base: windows of 6 layers, novels test (80 windows)", data.getData(MIMEType.TEXT_PLAIN));
    }

    @Test
    void aTableIsShownToItsHundredthRow() {
        Table table = Table.create("numbers", IntColumn.create("n", IntStream.range(0, 1000)));
        String html = html(table);
        assertTrue(html.contains(">99<") && !html.contains(">100<"), html);
        assertTrue(html.contains("the first 100 of 1000 rows"));
        Table small = table.first(100);
        assertFalse(html(small).contains("the first"));
    }

    @Test
    void aSimilarityMatrix() {
        double[][] values = Samples.cka().stacks().get("decoder");
        SimilarityMatrix matrix = new SimilarityMatrix(Site.FEED_FORWARD, "decoder", 10000, values);
        DisplayData data = renderer.render(matrix);
        assertHasOnePicture(matrix);
        String text = (String) data.getData(MIMEType.TEXT_PLAIN);
        assertTrue(text.startsWith("CKA of the feed-forward sublayers over 10,000 tokens;"), text);
    }

    @Test
    void aCorrelationMatrix() {
        CorrelationMatrix matrix = new CorrelationMatrix(2, new float[] {0.25f, -1, 0.5f, 0.125f});
        DisplayData data = renderer.render(matrix);
        assertHasOnePicture(matrix);
        assertEquals(
                "Correlations of 2 units with 2; left in place they sum to 0.38, and the largest is 0.500, of the anchor's"
                        + " unit 1 with unit 0.",
                data.getData(MIMEType.TEXT_PLAIN));
    }

    @Test
    void aDrawingOfALab() {
        DisplayData data = renderer.render(Microscope.look(SmallFeedForward.random(3, 8, 2, 1), 1, 2, 3));
        assertTrue(((String) data.getData(MIMEType.IMAGE_SVG)).startsWith("<svg "));
        assertTrue(((String) data.getData(MIMEType.TEXT_PLAIN)).startsWith("An FF sublayer of 8 units"));
    }

    @Test
    void aModel() {
        try (TransformerModel model =
                TransformerModel.load(Expected.home().resolve("models/gpt2-novels"), Device.cpu(), Progress.NONE)) {
            String text = (String) renderer.render(model).getData(MIMEType.TEXT_PLAIN);
            assertEquals(
                    "GPT-2: gpt2, 12 decoder layers of FF width 512; 2,936,576 parameters, 11.7 MB in float32 on cpu.",
                    text);
        }
    }
}
