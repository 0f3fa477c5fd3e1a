package ffmerge.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.plot.Picture;
import ffmerge.plot.Plot;
import ffmerge.result.GridResult;
import java.awt.BasicStroke;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYSeries;

/** Curves of a grid can be told apart, whatever its ways are called and however many sizes they have. */
class GridChartTest {
    /** A way of as many words as no legend has room for in a row. */
    private static final String LONG =
            "merge --average regression --rescale --residual 4 --anchor middle --features weights"
                    + " > prune --method magnitude --unit hidden > quantize --to int8-weight";

    private static GridResult.Cell cell(String way, Double size, Integer seed, double value) {
        GridResult.Cell like = Samples.grid().cells().get(0);
        GridResult.Shrunken model = like.model();
        return new GridResult.Cell(
                way,
                size,
                seed,
                new GridResult.Shrunken(
                        value,
                        model.interval(),
                        model.parameters(),
                        model.bytes(),
                        model.removed(),
                        model.layers(),
                        model.lineage(),
                        model.recovery(),
                        model.bestStep(),
                        model.tuningTokens(),
                        null,
                        Map.of(),
                        1.),
                like.run(),
                null,
                "");
    }

    private static GridResult.Row row(String way, Double size, double value) {
        GridResult.Row like = Samples.grid().rows().get(0);
        return new GridResult.Row(
                way,
                size,
                value,
                null,
                List.of(value),
                like.parameters(),
                like.bytes(),
                size,
                null,
                null,
                null,
                null,
                "");
    }

    private static GridResult grid(int sizes) {
        GridResult like = Samples.grid();
        List<GridResult.Cell> cells = new ArrayList<>();
        List<GridResult.Row> rows = new ArrayList<>();
        rows.add(row(GridResult.UNCHANGED, null, 80));
        rows.add(row(GridResult.UNCHANGED_TUNED, null, 79));
        for (int i = 1; i <= sizes; i++) {
            cells.add(cell(LONG, 0.05 * i, 0, 80 + i));
            rows.add(row(LONG, 0.05 * i, 80 + i));
        }
        return new GridResult(
                like.model(),
                like.data(),
                like.split(),
                like.metric(),
                like.of(),
                like.steps(),
                like.reference(),
                null,
                like.examples(),
                cells,
                List.of(cell(GridResult.UNCHANGED, null, null, 80), cell(GridResult.UNCHANGED_TUNED, null, 0, 79)),
                rows,
                Map.of(),
                0,
                null);
    }

    private static Plot recovery(GridResult grid) {
        List<Plot> all = GridChart.of(grid);
        return all.get(all.size() - 1);
    }

    private static List<Object> look(XYSeries series) {
        BasicStroke stroke = series.getLineStyle();
        String dash = stroke.getDashArray() == null ? "" : Arrays.toString(stroke.getDashArray());
        return List.of(series.getLineColor(), dash);
    }

    @Test
    void fiveSizesOfAWayDifferInTheirLines() {
        Plot recovery = recovery(grid(5));
        Set<List<Object>> looks = new HashSet<>();
        long own = recovery.getSeriesCollection().stream()
                .filter(series -> series.getName().startsWith(LONG))
                .peek(series -> assertTrue(looks.add(look(series)), series.getName()))
                .count();
        assertEquals(5, own);
    }

    /** A legend's words are all within the picture, the sizes at their ends too. */
    @Test
    void longNamesStandInTheLegendWhole() {
        String svg = new Picture(List.of(recovery(grid(2)))).svg();
        double width = Double.parseDouble(Pattern.compile("viewBox=\"0 0 ([\\d.]+) ")
                .matcher(svg)
                .results()
                .findFirst()
                .orElseThrow()
                .group(1));
        List<MatchResult> texts = Pattern.compile("<text[^>]* x=\"([-\\d.]+)\"[^>]*>([^<]*)</text>")
                .matcher(svg)
                .results()
                .toList();
        assertFalse(texts.isEmpty(), svg);
        StringBuilder all = new StringBuilder();
        for (MatchResult text : texts) {
            double x = Double.parseDouble(text.group(1));
            assertTrue(x >= 0 && x <= width, text.group());
            all.append(text.group(2)).append(' ');
        }
        assertTrue(all.toString().contains("quantize --to int8-weight, 0.05 "), all.toString());
        assertTrue(all.toString().contains("quantize --to int8-weight, 0.1 "), all.toString());
    }

    @Test
    void theUnchangedModelIsNotDrawnAsTheOneThatWasTuned() {
        Plot sizes = GridChart.of(grid(2)).get(0);
        List<XYSeries> levels = sizes.getSeriesCollection().stream()
                .filter(series -> series.getName().startsWith(GridResult.UNCHANGED))
                .toList();
        assertEquals(2, levels.size());
        assertNotEquals(look(levels.get(0)), look(levels.get(1)));
    }
}
