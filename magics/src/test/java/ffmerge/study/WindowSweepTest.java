package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Demo;
import ffmerge.Expected;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.data.Split;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.result.SweepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WindowSweepTest {
    private static TransformerModel model;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        model = Demo.model();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static WindowSweep.Settings settings(int length, int limit, String... methods) {
        return Shrinks.sweep(
                length,
                List.of("decoder"),
                List.of(methods),
                MergePlan.Anchor.FIRST,
                limit == Integer.MAX_VALUE ? Split.TEST : Split.VALIDATION,
                limit,
                limit == Integer.MAX_VALUE ? 10000 : 512,
                0);
    }

    private SweepResult sweep(WindowSweep.Settings settings, Progress progress) {
        return WindowSweep.run("base", model, settings, Demo.workload(), new StateFolder(folder), progress);
    }

    @Test
    void everyWindowScoresAsTheReferenceDoes() {
        SweepResult sweep = sweep(settings(6, Integer.MAX_VALUE, "permute", "none"), Progress.NONE);
        JsonNode expected = Expected.of("gpt2-novels");
        double baseline = expected.at("/baseline/perplexity").asDouble();
        assertEquals(baseline, sweep.baseline(), 1e-4 * baseline);
        assertEquals(14, sweep.rows().size());
        for (int i = 0; i < 14; i++) {
            JsonNode merge = expected.at("/merges/" + i);
            SweepResult.Row row = sweep.rows().get(i);
            assertEquals(merge.at("/layers/0").asInt(), row.start());
            assertEquals(merge.get("permuted").asBoolean() ? "permute" : "none", row.method());
            double value = merge.get("perplexity").asDouble();
            assertEquals(value, row.value(), 1e-4 * value, row.method() + " " + row.layers());
            merge.get("matched_correlation").properties().forEach(e -> {
                double matched = e.getValue().asDouble();
                double ours = row.matchedCorrelation().get("decoder").get(e.getKey());
                assertEquals(matched, ours, 1e-6 * matched);
            });
            assertEquals(5 * 131_712, row.parametersRemoved());
        }
        assertEquals(List.of(3, 4, 5, 6, 7, 8), sweep.best().layers().get("decoder"));
    }

    @Test
    void aStatesFileKeptFromLayerToLayerGivesWhatAWholePassGives() {
        SweepResult sweep = sweep(settings(4, 12, "drop"), Progress.NONE);
        for (SweepResult.Row row : List.of(sweep.rows().get(0), sweep.rows().get(8))) {
            try (TransformerModel dropped = Shrinks.drop(
                    model,
                    List.of(new ffmerge.merge.LayerDrop("decoder", row.layers().get("decoder"))))) {
                double whole = ffmerge.evaluate.Evaluator.evaluate(
                                dropped, Demo.workload().metric(Split.VALIDATION, 12), Progress.NONE)
                        .value();
                assertEquals(whole, row.value(), 1e-5 * whole);
                assertEquals(4 * 198_272, row.parametersRemoved());
            }
        }
    }

    @Test
    void singleLayersCanBeDropped() {
        SweepResult sweep = sweep(settings(1, 2, "drop"), Progress.NONE);
        assertEquals(12, sweep.rows().size());
    }

    private SweepResult race(WindowSweep.Settings settings, Progress progress) {
        return WindowSweep.race(
                new Subject(
                        new WindowSweep.Named("base", model),
                        java.util.Optional.empty(),
                        Demo.workload(),
                        new StateFolder(folder),
                        ffmerge.align.Calibration.DEFAULT_MEMORY,
                        progress),
                settings);
    }

    @Test
    void aRaceFindsTheBestWindowOfAWholeSweepAndSaysWhatItWasSpared() {
        WindowSweep.Settings settings = settings(6, 32, "none", "drop");
        SweepResult whole = sweep(settings, Progress.NONE);
        SweepResult race = race(settings, Progress.NONE);
        assertEquals(whole.best().layers(), race.best().layers());
        assertTrue(race.isStanding(race.best()));
        assertEquals(race.best().examples(), race.measurements().get(0).examples());
        assertEquals(race.baseline(race.best()), race.measurements().get(0).value());
        assertTrue(race.race().saved() > 0.2, "spared " + race.race().saved());
        assertEquals(whole.rows().size(), race.rows().size());
        assertTrue(race.rows().stream().anyMatch(row -> row.examples() < 32));
        assertTrue(race.rows().stream()
                .filter(row -> row.method().equals("none") && row.start() == 0)
                .allMatch(row -> row.examples() <= 16 && race.change(row) > 1));
        for (int i = 0; i < whole.rows().size(); i++) {
            SweepResult.Row raced = race.rows().get(i);
            assertEquals(whole.rows().get(i).layers(), raced.layers());
            assertEquals(
                    raced.difference().value(), race.change(raced), 1e-9, "to the unchanged model on the same windows");
            if (raced.examples() == 32) {
                assertEquals(whole.rows().get(i).value(), raced.value(), 1e-6 * raced.value());
            }
        }
    }

    @Test
    void aRaceGoesOnWhereItWasStopped() {
        WindowSweep.Settings settings = settings(9, 32, "drop");
        SweepResult whole = race(settings, Progress.NONE);
        assertThrows(Interrupted.class, () -> race(settings, interruptAt(4)));
        SweepResult rest = race(settings, Progress.NONE);
        assertEquals(whole.race(), rest.race());
        assertEquals(
                whole.rows().stream().map(SweepResult.Row::value).toList(),
                rest.rows().stream().map(SweepResult.Row::value).toList());
        assertEquals(0, new StateFolder(folder).sub("races").toFile().list().length);
    }

    @Test
    void goesOnWhereItWasStopped() throws IOException {
        WindowSweep.Settings settings = settings(10, 8, "none", "drop");
        SweepResult whole = sweep(settings, Progress.NONE);

        // interrupted while the third of six is scored: each takes two batches, like the baseline before them
        Interrupted stop = assertThrows(Interrupted.class, () -> sweep(settings, interruptAt(7)));
        assertEquals(
                "interrupted; 2 of 6 windows are kept: the same command goes on with the others", stop.getMessage());
        assertTrue(!Thread.currentThread().isInterrupted());

        List<Long> steps = new ArrayList<>();
        SweepResult resumed = sweep(settings, counting(steps));
        assertEquals(values(whole), values(resumed));
        assertEquals(List.of(), list(folder.resolve("sweeps")), "a finished sweep leaves nothing to go on with");
    }

    @Test
    void aSweepOfMoreLengthsHasTheRowsOfOneThatWasStopped() {
        WindowSweep.Settings short9 = settings(9, 8, "drop");
        assertThrows(Interrupted.class, () -> sweep(short9, interruptAt(7))); // after two of four windows
        WindowSweep.Settings both = new WindowSweep.Settings(
                List.of(9, 10),
                short9.stacks(),
                short9.methods(),
                short9.split(),
                short9.limit(),
                short9.tokens(),
                short9.protocol(),
                short9.seed());
        List<Long> steps = new ArrayList<>();
        SweepResult resumed = sweep(both, counting(steps));
        assertEquals(7, resumed.rows().size());
        assertEquals(4, steps.get(0), "two windows of two batches are there already");
        assertEquals(3, sweep(settings(10, 8, "drop"), Progress.NONE).rows().size());
    }

    /** The notebook says then that the same command begins anew. */
    @Test
    void beforeTheFirstWindowThereIsNothingToGoOnWith() {
        CancellationException stop =
                assertThrows(CancellationException.class, () -> sweep(settings(10, 8, "none"), interruptAt(1)));
        assertFalse(stop instanceof Interrupted, stop.getMessage());
    }

    @Test
    void aLineCutOffByAKillIsScoredAgain() throws IOException {
        WindowSweep.Settings settings = settings(10, 8, "none", "drop");
        assertThrows(Interrupted.class, () -> sweep(settings, interruptAt(7)));
        Path log = list(folder.resolve("sweeps")).get(0);
        String text = Files.readString(log);
        Files.writeString(log, text.substring(0, text.length() - 20));
        SweepResult resumed = sweep(settings, Progress.NONE);
        assertEquals(6, resumed.rows().size());
        assertEquals(6, values(resumed).stream().distinct().count());
    }

    @Test
    void refusesLengthsThatDoNotFit() {
        assertEquals(
                "--length 13 doesn't fit: windows of this model have 2 to 12 layers",
                assertThrows(UserError.class, () -> sweep(settings(13, 8, "none"), Progress.NONE))
                        .getMessage());
        assertEquals(
                "--length 12 doesn't fit: windows of this model have 1 to 11 layers",
                assertThrows(UserError.class, () -> sweep(settings(12, 8, "drop"), Progress.NONE))
                        .getMessage());
        assertThrows(UserError.class, () -> sweep(settings(1, 8, "none"), Progress.NONE));
    }

    /** Interrupts the thread when so many batches have been scored. */
    private static Progress interruptAt(long batches) {
        return (label, total, unit) -> done -> {
            if (label.endsWith(" windows") && done == batches) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private static Progress counting(List<Long> steps) {
        return (label, total, unit) -> steps::add;
    }

    private static List<Double> values(SweepResult sweep) {
        return sweep.rows().stream().map(SweepResult.Row::value).toList();
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
