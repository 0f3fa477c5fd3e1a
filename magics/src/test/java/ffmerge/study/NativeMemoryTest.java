package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ffmerge.Demo;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.align.Calibration;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.fixture.Shrinks;
import ffmerge.generate.GenerationSettings;
import ffmerge.merge.Average;
import ffmerge.merge.Averaging;
import ffmerge.merge.MergePlan;
import ffmerge.model.Site;
import ffmerge.model.TextGenerator;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForms;
import ffmerge.prune.Saliency;
import ffmerge.prune.Sparsity;
import ffmerge.shrink.Evidence;
import ffmerge.shrink.MergeAttention;
import ffmerge.shrink.MergeSublayers;
import ffmerge.shrink.Prune;
import ffmerge.shrink.Quantize;
import ffmerge.shrink.Shrink;
import ffmerge.similarity.LinearCka;
import ffmerge.torch.Precision;
import ffmerge.tune.Execution;
import ffmerge.tune.TuneSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Work that is done again and again takes no more memory than done once: nothing that libtorch holds is forgotten. */
class NativeMemoryTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    /** One forgotten batch of hidden states of one layer is 2 MB, one forgotten model 12 MB. */
    private static final long MOST_GROWTH = 12_000_000;

    private static final int ROUNDS = 12;
    private static final int SERIES = 3;

    @TempDir
    private Path temporary;

    @BeforeEach
    void whereTheSystemTellsWhatAProcessHolds() {
        assumeTrue(Files.exists(STATUS), "Linux only");
    }

    /** Memory of the process outside Java's heap, as the heap may grow as it likes. */
    private static long nativeBytes() throws IOException {
        System.gc();
        long resident = Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
        return resident - Runtime.getRuntime().totalMemory();
    }

    /** What is forgotten grows in every series of rounds; what the allocator keeps of the first ones does not. */
    private static void assertStaysWithin(ThrowingRunnable work) throws Exception {
        for (int i = 0; i < 3; i++) {
            work.run(); // class loading, thread pools, libtorch's plans
        }
        long least = Long.MAX_VALUE;
        for (int series = 0; series < SERIES && least >= MOST_GROWTH; series++) {
            least = Math.min(least, growth(work));
        }
        long growth = least;
        assertTrue(growth < MOST_GROWTH, () -> "grew by " + growth + " bytes in " + ROUNDS + " rounds");
    }

    private static long growth(ThrowingRunnable work) throws Exception {
        long before = nativeBytes();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            work.run();
            least = i >= ROUNDS - 4 ? Math.min(least, nativeBytes()) : least;
        }
        return least - before;
    }

    private interface ThrowingRunnable {
        void run() throws Exception;
    }

    @Test
    void evaluating() throws Exception {
        Metric metric = Demo.workload().metric(Split.VALIDATION, 16);
        try (TransformerModel model = Demo.model()) {
            assertStaysWithin(() -> Evaluator.evaluate(model, metric, Progress.NONE));
        }
    }

    /** Keys and values of eight prompts take 6 MB. */
    @Test
    void generating() throws Exception {
        Path folder = Expected.home().resolve("models").resolve("olmo-dialogues");
        List<int[]> prompts = IntStream.range(0, 8)
                .mapToObj(row -> IntStream.range(0, 60 + 5 * row).toArray())
                .toList();
        try (TransformerModel model = TransformerModel.load(folder, Device.cpu(), Progress.NONE)) {
            TextGenerator generator = (TextGenerator) model;
            GenerationSettings settings = generator.generation().withBeams(2).withMaxLength(12);
            assertStaysWithin(() -> {
                try (NDManager scope = model.newScope()) {
                    generator.generate(prompts, settings, scope);
                }
            });
        }
    }

    @Test
    void loadingAndMerging() throws Exception {
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("decoder", List.of(5, 6), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.PERMUTE,
                0);
        assertStaysWithin(() -> {
            try (TransformerModel model = Demo.model()) {
                Shrinks.merge(model, plan, Demo.workload(), 512, Progress.NONE)
                        .model()
                        .close();
            }
        });
    }

    static List<Shrink> otherWays() {
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("decoder", List.of(5, 6), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.PERMUTE,
                0);
        Averaging all = new Averaging(Average.REGRESSION, Averaging.RIDGE, true, 4);
        return List.of(
                new MergeSublayers(plan, MergePlan.Anchor.FIRST, all),
                new MergeAttention(plan, MergePlan.Anchor.FIRST, Average.MEAN),
                new Prune(Saliency.WANDA, Sparsity.of(0.5), Prune.Unit.WEIGHT, Prune.Site.ALL, 0),
                new Prune(Saliency.OBD, Sparsity.of(0.5), Prune.Unit.HEAD, Prune.Site.ATTENTION, 0),
                new Quantize(WeightForms.of("int8")));
    }

    @ParameterizedTest
    @MethodSource("otherWays")
    void shrinking(Shrink way) throws Exception {
        try (TransformerModel model = Demo.model()) {
            assertStaysWithin(() -> {
                try (Evidence evidence =
                        Evidence.find(model, way.needs(), Demo.workload(), Calibration.of(512), Progress.NONE)) {
                    way.apply(model, evidence).model().close();
                }
            });
        }
    }

    @Test
    void comparingSublayers() throws Exception {
        try (TransformerModel model = Demo.model()) {
            assertStaysWithin(() -> LinearCka.of(
                    model,
                    model.architecture().stack("decoder"),
                    Site.FEED_FORWARD,
                    Demo.workload().activationBatches(512),
                    512,
                    Progress.NONE));
        }
    }

    @Test
    void tuning() throws Exception {
        AtomicInteger round = new AtomicInteger();
        try (TransformerModel model = Demo.model()) {
            assertStaysWithin(() -> {
                TuneSettings settings = new TuneSettings(2, 2, 1, 1e-4, 1, 0, 1, 0, 10, 10, round.incrementAndGet());
                // in turn: plain, and all that there is else
                Execution execution = round.get() % 2 == 0
                        ? Execution.PLAIN
                        : new Execution(Precision.BFLOAT16, true, List.of(Device.cpu()));
                Tuning.tune(
                                "base",
                                "tuned",
                                model,
                                settings,
                                execution,
                                Demo.workload(),
                                2,
                                new StateFolder(temporary),
                                outcome -> {},
                                Progress.NONE)
                        .model()
                        .close();
            });
        }
    }

    /** The paper's point: a tied parameter is held once. */
    @Test
    void aTiedModelHoldsItsUniqueParametersOnly() {
        MergePlan plan = new MergePlan(
                List.of(MergePlan.Group.of("decoder", List.of(3, 4, 5, 6, 7, 8), MergePlan.Anchor.FIRST)),
                MergePlan.Alignment.NONE,
                0);
        try (TransformerModel model = Demo.model();
                TransformerModel merged =
                        Shrinks.merge(model, plan, null, 0, Progress.NONE).model()) {
            assertEquals(2_278_016, merged.parameters().uniqueCount());
            assertEquals(4L * 2_278_016, merged.parameters().bytes());
            Set<Long> handles = merged.parameters().unique().values().stream()
                    .map(array -> ((PtNDArray) array).getHandle())
                    .collect(Collectors.toSet());
            assertEquals(merged.parameters().unique().size(), handles.size());
            assertEquals(
                    model.parameters().unique().size() - 5 * 4,
                    handles.size(),
                    "five sublayers of four tensors are gone");
        }
    }
}
