package ffmerge.align;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Demo;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.activation.ActivationFile;
import ffmerge.model.TransformerModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlignerTest {
    private static final List<Aligner.LayerPair> PAIRS = List.of(
            new Aligner.LayerPair("decoder", 2, 3),
            new Aligner.LayerPair("decoder", 2, 4),
            new Aligner.LayerPair("decoder", 3, 4),
            new Aligner.LayerPair("decoder", 3, 5),
            new Aligner.LayerPair("decoder", 4, 5));

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

    private Map<Aligner.LayerPair, LayerAlignment> align(long memory, Progress progress) {
        Calibration calibration = new Calibration(3000, Protocol.OURS, memory, new StateFolder(folder));
        return Aligner.align(model, PAIRS, Demo.workload().activationBatches(3000), calibration, progress);
    }

    private List<Path> kept() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static Progress noting(List<String> stages) {
        return (label, total, unit) -> {
            stages.add(label);
            return done -> {};
        };
    }

    @Test
    void whatDoesNotFitIntoMemoryIsDoneInTurnWithTheSameResult() throws IOException {
        List<String> stages = new ArrayList<>();
        Map<Aligner.LayerPair, LayerAlignment> atOnce = align(Calibration.DEFAULT_MEMORY, noting(stages));
        assertEquals(List.of("Recording activations", "Matching units"), stages);
        for (long memory : new long[] {0, 2 * Calibration.pairBytes(512)}) {
            stages.clear();
            Map<Aligner.LayerPair, LayerAlignment> inTurn = align(memory, noting(stages));
            assertEquals(
                    1, stages.stream().filter("Recording activations"::equals).count(), "one pass in all");
            assertEquals(
                    memory == 0 ? 5 : 3,
                    stages.stream().filter("Correlating units"::equals).count());
            for (Aligner.LayerPair pair : PAIRS) {
                LayerAlignment expected = atOnce.get(pair);
                LayerAlignment found = inTurn.get(pair);
                assertEquals(expected.matchedCorrelation(), found.matchedCorrelation(), "bit by bit");
                assertEquals(expected.identityCorrelation(), found.identityCorrelation());
                assertArrayEquals(
                        expected.permutation().order(), found.permutation().order());
            }
        }
        assertEquals(List.of(), kept());
    }

    @Test
    void matchingBesideOtherWorkFindsTheSame() throws IOException {
        Map<Aligner.LayerPair, LayerAlignment> expected = align(Calibration.DEFAULT_MEMORY, Progress.NONE);
        Calibration inTurn = new Calibration(3000, Protocol.OURS, 0, new StateFolder(folder));
        try (Aligner aligner =
                new Aligner(model, PAIRS, Demo.workload().activationBatches(3000), inTurn, Progress.NONE, true)) {
            for (List<Aligner.LayerPair> asked : List.of(PAIRS.subList(0, 2), PAIRS.subList(1, 5), PAIRS)) {
                List<LayerAlignment> found = aligner.of(asked);
                for (int i = 0; i < asked.size(); i++) {
                    assertArrayEquals(
                            expected.get(asked.get(i)).permutation().order(),
                            found.get(i).permutation().order());
                    assertEquals(
                            expected.get(asked.get(i)).matchedCorrelation(),
                            found.get(i).matchedCorrelation());
                }
            }
        }
        assertEquals(List.of(), kept());
        assertEquals(
                List.of(),
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().equals("ffmerge-matching"))
                        .filter(thread -> !isEnding(thread))
                        .toList());
    }

    private static boolean isEnding(Thread thread) {
        try {
            thread.join(5000);
            return !thread.isAlive();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aDiskWithoutRoomIsToldBeforeTheWork() {
        UserError error = assertThrows(UserError.class, () -> new ActivationFile(folder, Long.MAX_VALUE));
        assertTrue(
                error.getMessage()
                        .startsWith("cannot keep activations in " + folder + ": 9223372036.9 GB are needed, "),
                error.getMessage());
        assertTrue(error.getMessage().contains("FFMERGE_STATE"), error.getMessage());
    }

    @Test
    void anInterruptLeavesNoFileBehind() throws IOException {
        Progress interrupting = (label, total, unit) -> done -> {
            if (label.equals("Correlating units")) {
                Thread.currentThread().interrupt();
            }
        };
        assertThrows(CancellationException.class, () -> align(0, interrupting));
        assertTrue(!Thread.interrupted());
        assertEquals(List.of(), kept());
    }
}
