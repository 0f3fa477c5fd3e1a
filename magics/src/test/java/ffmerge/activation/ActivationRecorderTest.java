package ffmerge.activation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Outputs;
import ffmerge.fixture.TinyGpt2;
import ffmerge.model.Pass;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationRecorderTest {
    private static final int WIDTH = 6;
    private static final int UNITS = 5;
    private static final Sublayer UP_0 = new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", 0);
    private static final Sublayer UP_2 = new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", 2);
    private static final Sublayer DOWN_1 = new Sublayer(Site.FEED_FORWARD, "decoder", 1);
    private static final Sublayer ATTENTION_2 = new Sublayer(Site.ATTENTION, "decoder", 2);
    private static final Set<Sublayer> SOME = Set.of(UP_0, UP_2, DOWN_1, ATTENTION_2);

    @TempDir
    private static Path folder;

    private static TransformerModel model;
    /** Three batches of 2 × 8 rows. */
    private static List<TokenBatch> batches;

    @BeforeAll
    static void load() {
        new TinyGpt2(4).width(WIDTH, 2).units(UNITS).context(8).writeTo(folder);
        model = TransformerModel.load(folder, Device.cpu(), Progress.NONE);
        batches =
                List.of(Outputs.tokens(model, 2, 8, 1), Outputs.tokens(model, 2, 8, 2), Outputs.tokens(model, 2, 8, 3));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /** Each sublayer's rows, batch by batch. */
    private static Map<Sublayer, List<float[]>> record(Set<Sublayer> sublayers, int rows) {
        Map<Sublayer, List<float[]>> recorded = new HashMap<>();
        ActivationRecorder.record(
                model,
                batches,
                sublayers,
                rows,
                (values, scope) ->
                        values.forEach((sublayer, array) -> recorded.computeIfAbsent(sublayer, s -> new ArrayList<>())
                                .add(array.toFloatArray())),
                Progress.NONE);
        return recorded;
    }

    /** What a plain pass shows of a sublayer. */
    private static float[] observed(Sublayer sublayer, TokenBatch batch) {
        float[][] seen = new float[1][];
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope).watchedBy((site, stack, layer, values) -> {
                if (sublayer.equals(new Sublayer(site, stack, layer))) {
                    seen[0] = values.toFloatArray();
                }
            });
            model.advance(model.embed(batch, pass), model.layers(), pass);
        }
        return seen[0];
    }

    @Test
    void exactlyTheSublayersAskedForAreRecorded() {
        Map<Sublayer, List<float[]>> recorded = record(SOME, 32);
        assertEquals(SOME, recorded.keySet());
        recorded.forEach((sublayer, values) -> {
            assertEquals(2, values.size());
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(observed(sublayer, batches.get(i)), values.get(i), sublayer.toString());
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 33, 48})
    void exactlySoManyRowsAreRecorded(int rows) {
        Map<Sublayer, List<float[]>> recorded = record(SOME, rows);
        recorded.forEach((sublayer, values) -> {
            int width = sublayer.site() == Site.FEED_FORWARD_UNITS ? UNITS : WIDTH;
            assertEquals(rows * width, values.stream().mapToInt(v -> v.length).sum());
            float[] last = values.get(values.size() - 1);
            assertArrayEquals(Arrays.copyOf(observed(sublayer, batches.get(values.size() - 1)), last.length), last);
        });
        assertEquals((rows + 15) / 16, recorded.get(UP_0).size(), "no batch is run in vain");
    }

    @Test
    void layersBeyondTheLastOneAskedForAreNotRun() {
        assertEquals(1, ActivationRecorder.depth(model, Set.of(UP_0)));
        assertEquals(3, ActivationRecorder.depth(model, SOME));
    }

    @Test
    void dataThatHasFewerRowsGivesAllItHas() {
        record(SOME, 49).forEach((sublayer, values) -> assertEquals(3, values.size()));
        UserError error = assertThrows(
                UserError.class,
                () -> ActivationRecorder.record(model, List.of(), SOME, 49, (values, scope) -> {}, Progress.NONE));
        assertEquals("the data gives the decoder no rows", error.getMessage());
    }

    @Test
    void whatIsRecordedLivesNoLongerThanItsScope() {
        List<NDArray> arrays = new ArrayList<>();
        ActivationRecorder.record(
                model,
                batches,
                SOME,
                40,
                (values, scope) -> {
                    arrays.forEach(earlier -> assertTrue(earlier.isReleased()));
                    values.values().forEach(array -> assertFalse(array.isReleased()));
                    arrays.addAll(values.values());
                },
                Progress.NONE);
        assertEquals(12, arrays.size());
        arrays.forEach(array -> assertTrue(array.isReleased()));
    }

    @Test
    void progressCountsRowsAndAnInterruptStopsBetweenBatches() {
        List<Long> seen = new ArrayList<>();
        Progress interrupting = (label, total, unit) -> {
            assertEquals(40, total);
            return done -> {
                seen.add(done);
                if (done > 16) {
                    Thread.currentThread().interrupt();
                }
            };
        };
        assertThrows(
                CancellationException.class,
                () -> ActivationRecorder.record(model, batches, SOME, 40, (values, scope) -> {}, interrupting));
        assertEquals(List.of(16L, 32L), seen);
        assertFalse(Thread.interrupted());
    }
}
