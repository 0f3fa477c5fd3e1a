package ffmerge.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.result.CompareResult;
import ffmerge.result.CompareResult.Made;
import ffmerge.result.Interval;
import ffmerge.result.Result;
import ffmerge.view.Views;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Test;

/** What pictures of all kinds of results have in common, read as their readers read them. */
class FiguresTest {
    private static Picture picture(Result result) {
        return Views.BUILT_IN.picture(result).orElseThrow();
    }

    private static List<Picture> all() {
        return Samples.all().stream()
                .map(Views.BUILT_IN::picture)
                .flatMap(Optional::stream)
                .toList();
    }

    private static CompareResult.Row row(String model, double value, long parameters) {
        return Samples.compareRow(
                model,
                Samples.compare().rows().get(0).metric(),
                value,
                parameters,
                parameters,
                4 * parameters,
                1,
                1,
                1,
                new Interval(0.98 * value, 1.02 * value),
                null,
                null,
                100);
    }

    private static CompareResult compare() {
        Made permuted = new Made("permuted", List.of("merge", "permute"), 0);
        Made vanilla = new Made("vanilla", List.of("merge", "none"), 0);
        Made pruned = new Made("pruned by magnitude", List.of("prune", "magnitude"), 0);
        return new CompareResult(
                "novels",
                "test",
                List.of(
                        row("base", 80, 1000),
                        row("third", 84, 900),
                        row("half", 88, 800),
                        row("plain", 101, 800),
                        row("broken", 345_000, 800)),
                CompareResult.Axis.PARAMETERS,
                "base",
                Map.of("third", permuted, "half", permuted, "plain", vanilla, "broken", pruned));
    }

    @Test
    void eachMarkHasATitleAndEachPictureWords() {
        for (Picture picture : all()) {
            Svg svg = Svg.of(picture);
            String what = svg.root().getElementsByTagName("title").item(0).getTextContent();
            assertFalse(what.isBlank());
            assertEquals("img", svg.root().getAttribute("role"));
            assertTrue(svg.all("desc").get(0).getTextContent().length() > 40, what);
            assertTrue(svg.titles().size() >= 3, what);
            svg.titles().forEach(title -> assertFalse(title.isBlank(), what));
        }
    }

    @Test
    void aMethodHasOneColourInEveryPicture() {
        Svg sweep = Svg.of(picture(Samples.sweep()));
        Svg compare = Svg.of(picture(compare()));
        assertEquals("#0072b2", sweep.color("permuted 1-6"));
        assertEquals("#0072b2", compare.color("third: "));
        assertEquals("#d55e00", sweep.color("vanilla 1-6"));
        assertEquals("#d55e00", compare.color("plain: "));
        assertEquals("#e69f00", compare.color("broken: "));
        assertEquals("#009e73", Svg.of(picture(Samples.grid())).color("drop at 0.1"));
    }

    @Test
    void methodsThatAreDrawnTogetherDifferInColourOrMark() {
        List<List<String>> methods = List.of(
                List.of("merge", "permute"),
                List.of("merge", "none"),
                List.of("merge", "random"),
                List.of("drop"),
                List.of("drop", "--site", "attention"),
                List.of("drop", "--site", "feed-forward"),
                List.of("merge", "--average", "regression"),
                List.of("merge", "--average", "weighted"),
                List.of("merge", "--average", "anchor"),
                List.of("merge", "--average", "fresh"),
                List.of("prune", "magnitude"),
                List.of("prune", "wanda"),
                List.of("prune", "obd"),
                List.of("prune", "random"),
                List.of("quantize", "int8"),
                List.of("quantize", "int8-weight"),
                List.of("quantize", "nf4"),
                List.of("unchanged"),
                List.of("a way that nobody knows"));
        assertEquals(
                methods.size(), methods.stream().map(MethodStyle::of).distinct().count());
    }

    @Test
    void aMethodsModelsAreALine() {
        Plot chart = (Plot) Views.BUILT_IN.charts(compare()).get(0);
        assertEquals(2, chart.getSeries("permuted").getXData().length);
        assertEquals(
                Optional.empty(),
                chart.getSeries("permuted")
                        .getXYSeriesRenderStyle()
                        .filter(s -> s.name().equals("Scatter")));
        assertTrue(chart.getSeries("vanilla").getXYSeriesRenderStyle().isPresent(), "a single point");
    }

    @Test
    void whatLiesBeyondTheAxisIsSaid() {
        Svg svg = Svg.of(picture(compare()));
        assertTrue(svg.texts().contains("broken 345,000 ↑"), svg.texts().toString());
        assertTrue(svg.texts().contains("90") && !svg.texts().contains("100,000"), "the others fill the picture");
    }

    /** Each label of each axis once: {@code 0 1 1 2 2} was seen. */
    @Test
    void ticksDoNotRepeat() {
        CompareResult little = new CompareResult(
                "novels", "test", List.of(row("base", 80, 100_000), row("a", 81, 99_000), row("b", 82, 97_700)));
        List<Result> results = new ArrayList<>(List.of(little, compare(), Samples.sweep(), Samples.scoreboard()));
        for (Result result : results) {
            Svg svg = Svg.of(picture(result));
            List<String> below = svg.all("text").stream()
                    .filter(text -> text.getAttribute("text-anchor").equals("middle")
                            && !text.hasAttribute("transform")
                            && text.getAttribute("font-size").equals("13"))
                    .map(text -> text.getTextContent())
                    .toList();
            List<String> beside = svg.all("text").stream()
                    .filter(text -> text.getAttribute("text-anchor").equals("end"))
                    .map(text -> text.getTextContent())
                    .toList();
            assertTrue(below.size() >= 3 && beside.size() >= 3, below + " and " + beside);
            assertEquals(new HashSet<>(below).size(), below.size(), below.toString());
            assertEquals(new HashSet<>(beside).size(), beside.size(), beside.toString());
        }
    }

    @Test
    void aPdfIsAsWideAsAskedAndItsLettersAreLetters() throws IOException {
        for (double inches : new double[] {3.3, 6.75}) {
            byte[] pdf = picture(compare()).ofWidth(72 * inches).pdf();
            try (PDDocument document = Loader.loadPDF(pdf)) {
                assertEquals(1, document.getNumberOfPages());
                PDPage page = document.getPage(0);
                assertEquals(72 * inches, page.getMediaBox().getWidth(), 0.01);
                String text = new PDFTextStripper().getText(document);
                assertTrue(text.contains("parameters removed, % of the 1,000 of base"), text);
                assertTrue(text.contains("broken 345,000 ↑"), text);
                PDResources resources = page.getResources();
                for (COSName name : resources.getFontNames()) {
                    assertTrue(resources.getFont(name).isEmbedded(), name.getName());
                }
            }
        }
    }

    @Test
    void picturesForAPaperHaveItsWidthInEveryForm() {
        Picture paper = picture(Samples.choose()).ofWidth(84 / 25.4 * 72);
        assertEquals("238.11pt", Svg.of(paper).root().getAttribute("width"));
        assertEquals(Math.round(84 / 25.4 * 300), Pixels.of(paper.png()).image().getWidth(), 1);
        for (Picture picture : all()) {
            Svg svg = Svg.of(picture.ofWidth(238));
            svg.all("text")
                    .forEach(text ->
                            assertTrue(Double.parseDouble(text.getAttribute("font-size")) >= 7, "letters are read"));
            assertTrue(picture.ofWidth(238).pdf().length > 1000);
        }
    }

    /** A name in Chinese is drawn, though the file's font lacks its letters. */
    @Test
    void lettersThatTheFontLacksAreDrawn() throws IOException {
        CompareResult chinese = new CompareResult("novels", "test", List.of(row("原", 80, 100), row("小", 81, 90)));
        try (PDDocument document = Loader.loadPDF(picture(chinese).pdf())) {
            assertTrue(new PDFTextStripper().getText(document).contains("largest model"));
        }
        assertTrue(Svg.of(picture(chinese)).texts().contains("小"));
    }
}
