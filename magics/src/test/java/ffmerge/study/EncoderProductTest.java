package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.architecture.Branch;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.data.Batch;
import ffmerge.fixture.OneBatch;
import ffmerge.fixture.Shrinks;
import ffmerge.fixture.SmallCheckpoint;
import ffmerge.merge.Average;
import ffmerge.merge.LayerDrop;
import ffmerge.merge.MergePlan;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForms;
import ffmerge.prune.Saliency;
import ffmerge.prune.Sparsity;
import ffmerge.result.Lineage;
import ffmerge.shrink.DropSublayers;
import ffmerge.shrink.Evidence;
import ffmerge.shrink.MergeAttention;
import ffmerge.shrink.Prune;
import ffmerge.similarity.LinearCka;
import ffmerge.similarity.SimilarityMatrix;
import ffmerge.torch.Precision;
import ffmerge.tune.TuneSettings;
import ffmerge.tune.Tuner;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole product on every family of encoders, of texts and of images. */
class EncoderProductTest {
    @TempDir
    private Path temporary;

    static Stream<SmallCheckpoint> models() {
        return Stream.of(
                        "encoders/bert-masked",
                        "encoders/bert-untied",
                        "encoders/bert-sentences",
                        "encoders/bert-bare",
                        "encoders/roberta-masked",
                        "encoders/roberta-sentences",
                        "encoders/distilbert-masked",
                        "encoders/distilbert-sentences",
                        "vision/deit",
                        "vision/deit-teacher",
                        "vision/dinov2",
                        "vision/dinov2-larger",
                        "vision/dinov2-gated",
                        "vision/dinov2-bare",
                        "vision/vit-bare",
                        "vision/clip")
                .map(SmallCheckpoint::new);
    }

    static Stream<SmallCheckpoint> withHeads() {
        return models().filter(model -> !model.name().endsWith("bare"));
    }

    private static float[] scores(TransformerModel model, Batch batch) {
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            return model.head(last, pass).toFloatArray();
        }
    }

    private static TransformerModel load(Path folder) {
        return TransformerModel.load(folder, Device.cpu(), Progress.NONE);
    }

    private Path save(TransformerModel model, String as, Format format) {
        Path folder = temporary.resolve(as);
        Saving.save("m", model, new Lineage("small"), folder, format, DType.F32, false, line -> {}, Progress.NONE);
        return folder;
    }

    private static MergePlan plan(MergePlan.Alignment alignment) {
        return new MergePlan(
                List.of(MergePlan.Group.of("encoder", List.of(0, 2), MergePlan.Anchor.FIRST)), alignment, 3);
    }

    /** The last layer's FF sublayer becomes the first one's, its units turned by so many places. */
    private static TransformerModel withFirstInThird(TransformerModel model, int turned) {
        Map<String, Content> contents = new LinkedHashMap<>();
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        Checkpoint all = model.checkpoint();
        all.tensors().keySet().forEach(name -> contents.put(name, new Content.Original(name)));
        all.ties().keptByAlias().keySet().forEach(name -> contents.put(name, new Content.Original(name)));
        FeedForwardSublayer first = model.architecture().feedForward("encoder", 0);
        FeedForwardSublayer third = model.architecture().feedForward("encoder", 2);
        for (FeedForwardTensor tensor : third.tensors()) {
            float[] values = all.read(first.tensor(tensor.role()).name());
            int inner = tensor.behindUnits();
            float[] moved = values.clone();
            for (int i = 0; inner > 0 && i < values.length; i++) {
                int unit = i / inner % third.width();
                moved[i + ((unit + turned) % third.width() - unit) * inner] = values[i];
            }
            contents.put(tensor.name(), new Content.Values(moved));
            specs.put(tensor.name(), new TensorSpec(tensor.name(), DType.F32, tensor.shape()));
        }
        return model.edited(new EditedCheckpoint(all, contents, specs), model.architecture());
    }

    @ParameterizedTest
    @MethodSource("models")
    void theOrderOfUnitsMakesNoDifferenceAndMergingTheSameIsTheIdentity(SmallCheckpoint small) {
        try (TransformerModel model = small.load(Precision.FLOAT32);
                TransformerModel same = withFirstInThird(model, 0);
                TransformerModel turned = withFirstInThird(model, 5);
                TransformerModel merged = Shrinks.merge(same, plan(MergePlan.Alignment.NONE), null, 0, Progress.NONE)
                        .model()) {
            float[] expected = scores(same, small.batch());
            assertFalse(java.util.Arrays.equals(scores(model, small.batch()), expected));
            assertArrayEquals(expected, scores(turned, small.batch()), 1e-4f);
            assertArrayEquals(expected, scores(merged, small.batch()), 1e-5f);
            long sublayer = model.architecture().feedForward("encoder", 0).parameters();
            assertEquals(
                    model.parameters().uniqueCount() - sublayer,
                    merged.parameters().uniqueCount());
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatIsMergedByActivationsIsSavedAndReadAgain(SmallCheckpoint small) {
        OneBatch workload = new OneBatch(small.batch());
        try (TransformerModel model = small.load(Precision.FLOAT32);
                TransformerModel merged = Shrinks.merge(
                                model, plan(MergePlan.Alignment.PERMUTE), workload, 8, Progress.NONE)
                        .model();
                TransformerModel both = new MergeAttention(
                                plan(MergePlan.Alignment.NONE), MergePlan.Anchor.FIRST, Average.MEAN)
                        .apply(merged, Evidence.NONE)
                        .model();
                TransformerModel tied = load(save(both, "tied", Format.TIED));
                TransformerModel expanded = load(save(both, "expanded", Format.EXPANDED))) {
            float[] scores = scores(both, small.batch());
            assertArrayEquals(scores, scores(tied, small.batch()));
            assertArrayEquals(scores, scores(expanded, small.batch()));
            assertEquals(both.parameters().uniqueCount(), tied.parameters().uniqueCount());
            assertTrue(both.parameters().uniqueCount() < merged.parameters().uniqueCount());
            assertEquals(model.parameters().uniqueCount(), expanded.parameters().uniqueCount());
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void similarityIsThatOfEveryRow(SmallCheckpoint small) {
        try (TransformerModel model = small.load(Precision.FLOAT32)) {
            for (Site site : List.of(Site.FEED_FORWARD, Site.ATTENTION)) {
                SimilarityMatrix cka = LinearCka.of(
                        model,
                        model.architecture().stack("encoder"),
                        site,
                        List.of(small.batch()),
                        Integer.MAX_VALUE,
                        Progress.NONE);
                assertEquals(1, cka.values()[1][1], 1e-6);
                assertTrue(cka.values()[0][2] > 0 && cka.values()[0][2] < 1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatIsLeftOutIsLeftOutOfTheFile(SmallCheckpoint small) {
        Prune units = new Prune(Saliency.MAGNITUDE, Sparsity.of(0.3), Prune.Unit.HIDDEN, Prune.Site.FEED_FORWARD, 0);
        try (TransformerModel model = small.load(Precision.FLOAT32);
                TransformerModel narrow = units.apply(model, Evidence.NONE).model();
                TransformerModel fewer = Shrinks.drop(narrow, List.of(new LayerDrop("encoder", List.of(1))));
                TransformerModel read = load(save(fewer, "fewer", Format.TIED))) {
            assertEquals(2, read.layers());
            assertTrue(narrow.parameters().uniqueCount() < model.parameters().uniqueCount());
            assertEquals(fewer.parameters().uniqueCount(), read.parameters().uniqueCount());
            assertArrayEquals(scores(fewer, small.batch()), scores(read, small.batch()));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void headsAndSublayersGo(SmallCheckpoint small) {
        Prune heads = new Prune(Saliency.MAGNITUDE, Sparsity.of(0.5), Prune.Unit.HEAD, Prune.Site.ATTENTION, 0);
        DropSublayers drop =
                new DropSublayers(Branch.FEED_FORWARD, List.of(new ffmerge.result.Step.Group("encoder", List.of(0))));
        try (TransformerModel model = small.load(Precision.FLOAT32);
                TransformerModel fewer = heads.apply(model, Evidence.NONE).model();
                TransformerModel less = drop.apply(fewer, Evidence.NONE).model();
                TransformerModel read = load(save(less, "less", Format.TIED))) {
            assertTrue(fewer.parameters().uniqueCount() < model.parameters().uniqueCount());
            assertArrayEquals(scores(less, small.batch()), scores(read, small.batch()));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void linearMapsAreHeldInFewerBits(SmallCheckpoint small) {
        try (TransformerModel model = small.load(Precision.FLOAT32);
                TransformerModel bits = model.quantized(WeightForms.of("int8-weight"));
                TransformerModel read = load(save(bits, "bits", Format.TIED));
                TransformerModel nf4 = model.quantized(WeightForms.of("nf4"))) {
            assertTrue(bits.parameters().bytes() < model.parameters().bytes());
            float[] scores = scores(bits, small.batch());
            assertArrayEquals(scores, scores(read, small.batch()), 1e-5f);
            assertArrayEquals(scores(model, small.batch()), scores, 1f);
            assertEquals(scores.length, scores(nf4, small.batch()).length);
        }
    }

    @ParameterizedTest
    @MethodSource("withHeads")
    void tuningLowersTheLossAndKeepsTies(SmallCheckpoint small) {
        TuneSettings settings = new TuneSettings(12, 2, 1, 3e-3, 2, 0, 1, 0, 100, 100, 0);
        double[] falling = {0}; // every validation is better than the one before, so that the last weights are kept
        try (TransformerModel model = small.load(Precision.FLOAT32);
                TransformerModel merged = Shrinks.merge(model, plan(MergePlan.Alignment.NONE), null, 0, Progress.NONE)
                        .model();
                TransformerModel copy = merged.copy()) {
            List<Double> losses = new Tuner(
                            copy,
                            settings,
                            (rows, seed, index) -> small.batch(),
                            m -> --falling[0],
                            (value, best) -> value < best,
                            temporary.resolve("tuning"),
                            (loss, checks) -> {})
                    .run(Progress.NONE)
                    .loss();
            assertTrue(losses.get(11) < losses.get(0), losses::toString);
            assertEquals(merged.parameters().uniqueCount(), copy.parameters().uniqueCount());
        }
    }
}
