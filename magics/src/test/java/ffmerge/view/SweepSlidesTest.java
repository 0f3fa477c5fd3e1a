package ffmerge.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ffmerge.Samples;
import ffmerge.plot.Picture;
import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import java.util.List;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class SweepSlidesTest {
    private static final SweepResult SWEEP = Samples.sweep();
    private static final List<Slide> SLIDES = SweepSlides.of(SWEEP);

    @Test
    void thereIsASlideForEachWindowHoweverManyMethods() {
        List<String> windows = SWEEP.rows().stream()
                .map(row -> "window " + Labels.layers(row.layers()))
                .distinct()
                .toList();
        assertEquals(windows, SLIDES.stream().map(Slide::title).toList());
        assertEquals(
                "window " + Labels.layers(SWEEP.best().layers()),
                SLIDES.get(SweepSlides.best(SWEEP)).title());
    }

    @Test
    void aSlideHasTheValuesOfItsWindowAloneAndWhatItSaves() {
        for (int i = 0; i < SLIDES.size(); i++) {
            String title = SLIDES.get(i).title();
            List<SweepResult.Row> own = SWEEP.rows().stream()
                    .filter(row -> title.equals("window " + Labels.layers(row.layers())))
                    .toList();
            Table values = SLIDES.get(i).tables().get().get(0);
            assertArrayEquals(
                    own.stream().mapToDouble(SweepResult.Row::value).toArray(),
                    values.doubleColumn("perplexity").asDoubleArray());
            assertArrayEquals(
                    own.stream()
                            .mapToDouble(row -> row.value() - SWEEP.baseline())
                            .toArray(),
                    values.doubleColumn("change").asDoubleArray());
            assertEquals("658,560", values.getString(0, "parameters removed"));
            assertEquals("2.6 MB", values.getString(0, "bytes removed"));
        }
    }

    @Test
    void matchedCorrelationsStandLayerByLayer() {
        SweepResult.Row best = SWEEP.best();
        Table matched = SLIDES.get(SweepSlides.best(SWEEP)).tables().get().get(1);
        assertEquals(
                List.copyOf(best.matchedCorrelation().get("decoder").keySet()),
                matched.stringColumn("layer").asList());
        assertArrayEquals(
                best.matchedCorrelation().get("decoder").values().stream()
                        .mapToDouble(Double::doubleValue)
                        .toArray(),
                matched.doubleColumn("matched correlation").asDoubleArray());
    }

    @Test
    void theWindowIsMarkedInTheChart() {
        List<String> pictures = SLIDES.stream()
                .map(slide -> new Picture(slide.charts().get()).svg())
                .distinct()
                .toList();
        assertEquals(SLIDES.size(), pictures.size());
        assertFalse(pictures.contains(new Picture(Views.BUILT_IN.charts(SWEEP)).svg()));
    }

    @Test
    void windowsOfSeveralLengthsAreMarkedInTheirMaps() {
        List<Slide> slides = SweepSlides.of(Samples.sweepOfLengths());
        assertEquals(12, slides.size());
        assertEquals("window 0-1", slides.get(0).title());
        assertEquals(
                slides.size(),
                slides.stream()
                        .map(slide -> new Picture(slide.charts().get()).svg())
                        .distinct()
                        .count());
        assertEquals(1, slides.get(0).tables().get().size(), "nothing was matched");
    }
}
