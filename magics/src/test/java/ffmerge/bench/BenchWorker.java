package ffmerge.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.activation.ActivationRecorder;
import ffmerge.activation.Sublayer;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.Protocol;
import ffmerge.architecture.Window;
import ffmerge.correlation.CrossMoments;
import ffmerge.data.Batch;
import ffmerge.data.ImageBatch;
import ffmerge.data.PairFiles;
import ffmerge.data.PairSet;
import ffmerge.data.PairTokenizer;
import ffmerge.data.PixelScale;
import ffmerge.data.Split;
import ffmerge.data.TextFiles;
import ffmerge.data.TokenBatch;
import ffmerge.data.TokenStream;
import ffmerge.data.Tokenizer;
import ffmerge.data.TranslationBatch;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Scoring;
import ffmerge.fixture.Shrinks;
import ffmerge.generate.GenerationSettings;
import ffmerge.merge.MergePlan;
import ffmerge.model.ImageClassifier;
import ffmerge.model.LanguageModel;
import ffmerge.model.Pass;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import ffmerge.permutation.LinearAssignment;
import ffmerge.result.SweepResult;
import ffmerge.shrink.Choices;
import ffmerge.shrink.Ways;
import ffmerge.similarity.LinearCka;
import ffmerge.study.Subject;
import ffmerge.study.WindowSweep;
import ffmerge.torch.Torch;
import ffmerge.tune.TuneSettings;
import ffmerge.tune.Tuner;
import ffmerge.workload.TextWorkload;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The Java side of {@code environment/ffmerge bench}: reads one JSON request a line, does the work once, answers with the
 * seconds it took. {@code worker.py} in environment/bench does the same work in Python.
 */
public final class BenchWorker {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TUNED_STEPS = 5;

    private final Path state;
    private final Device device;
    private final Map<String, TransformerModel> models = new HashMap<>();
    private final Map<String, float[]> matrices = new HashMap<>();
    private final Map<String, TokenStream> streams = new HashMap<>();
    private final Map<String, PairTokenizer> tokenizers = new HashMap<>();
    private final Map<String, PairSet> pairSets = new HashMap<>();

    private BenchWorker(Path state, Device device) {
        this.state = state;
        this.device = device;
    }

    /** @param arguments a folder for the state of unfinished work, and a device if not the CPU */
    public static void main(String[] arguments) throws IOException {
        BenchWorker worker =
                new BenchWorker(Path.of(arguments[0]), Torch.device(arguments.length > 1 ? arguments[1] : "cpu"));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            double seconds = worker.run(JSON.readTree(line));
            System.out.println(JSON.writeValueAsString(Map.of("seconds", seconds)));
        }
    }

    private double run(JsonNode request) throws IOException {
        return switch (request.get("bench").asText()) {
            case "forward" -> forward(request);
            case "train" -> train(request);
            case "capture" -> capture(request);
            case "assignment" -> assignment(request);
            case "cka" -> cka(request);
            case "sweep" -> sweep(request);
            case "eval" -> eval(request);
            case "images" -> images(request);
            case "translate" -> translate(request);
            case "record" -> record(request);
            case "products" -> products(request);
            case "score" -> score(request);
            case "load" -> load(request);
            default -> throw new IllegalArgumentException(request.toString());
        };
    }

    private TransformerModel model(JsonNode request) {
        Path folder = Path.of(request.get("model").asText());
        return models.computeIfAbsent(folder.toString(), f -> TransformerModel.load(folder, device, Progress.NONE));
    }

    private TextWorkload workload(JsonNode request) {
        Path folder = Path.of(request.get("model").asText());
        Path data = Path.of(request.get("data").asText());
        int context = ((LanguageModel) model(request)).context();
        return new TextWorkload(
                "novels",
                split -> streams.computeIfAbsent(split.label(), s -> read(folder, data, split)),
                Scoring.of(context));
    }

    private static TokenStream read(Path folder, Path data, Split split) {
        String text = TextFiles.read(data.resolve("novels-" + split.label() + ".txt"));
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            return new TokenStream("novels", split, tokenizer.encode(text, Progress.NONE));
        }
    }

    private static TokenBatch randomBatch(JsonNode request, int vocabulary) {
        int rows = request.get("rows").asInt();
        int length = request.get("length").asInt();
        long[] ids = new SplittableRandom(0)
                .longs((long) rows * length, 0, vocabulary)
                .toArray();
        return new TokenBatch(ids, rows, length, 1);
    }

    /** Logits and loss of every token of a batch. */
    private double forward(JsonNode request) {
        TransformerModel model = model(request);
        TokenBatch batch = randomBatch(request, ((LanguageModel) model).vocabulary());
        long start = System.nanoTime();
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            ((LanguageModel) model)
                    .tokenLosses(model.advance(model.embed(batch, pass), model.layers(), pass), pass)
                    .toFloatArray();
        }
        return seconds(start);
    }

    /** A step of the optimizer, forward, backward and update: the mean of some. */
    private double train(JsonNode request) {
        TransformerModel model = model(request);
        TokenBatch batch = randomBatch(request, ((LanguageModel) model).vocabulary());
        List<Long> times = new ArrayList<>();
        try (TransformerModel copy = model.copy()) {
            TuneSettings settings =
                    new TuneSettings(TUNED_STEPS + 1, batch.rows(), 1, 1e-4, 0, 0.01, 1, 0, 1000, 1000, 0);
            new Tuner(
                            copy,
                            settings,
                            (rows, seed, index) -> batch,
                            m -> 0,
                            (a, b) -> false,
                            state.resolve("train"),
                            (loss, checks) -> times.add(System.nanoTime()))
                    .run(Progress.NONE);
        }
        return (times.get(TUNED_STEPS - 1) - times.get(0)) / 1e9 / (TUNED_STEPS - 1);
    }

    /** Activations of 10,000 tokens and the correlations of all pairs that windows of six layers need. */
    private double capture(JsonNode request) {
        TransformerModel model = model(request);
        TextWorkload workload = workload(request);
        List<Aligner.LayerPair> pairs = new ArrayList<>();
        for (Window window : Window.all(model.layers(), request.get("length").asInt())) {
            for (int layer = window.first() + 1; layer <= window.last(); layer++) {
                pairs.add(new Aligner.LayerPair("decoder", window.first(), layer));
            }
        }
        long start = System.nanoTime();
        Aligner.correlations(model, pairs, workload.activationBatches(10_000), Calibration.of(10_000), Progress.NONE);
        return seconds(start);
    }

    private double assignment(JsonNode request) throws IOException {
        Path file = Path.of(request.get("matrix").asText());
        int n = request.get("n").asInt();
        float[] matrix = matrices.get(file.toString());
        if (matrix == null) {
            matrix = new float[n * n];
            ByteBuffer.wrap(Files.readAllBytes(file))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(matrix);
            matrices.put(file.toString(), matrix);
        }
        long start = System.nanoTime();
        LinearAssignment.maximize(matrix, n);
        return seconds(start);
    }

    private double cka(JsonNode request) {
        TransformerModel model = model(request);
        TextWorkload workload = workload(request);
        long start = System.nanoTime();
        LinearCka.of(
                model,
                model.architecture().stack("decoder"),
                Site.FEED_FORWARD,
                workload.activationBatches(10_000),
                10_000,
                Progress.NONE);
        return seconds(start);
    }

    private double sweep(JsonNode request) {
        TransformerModel model = model(request);
        TextWorkload workload = workload(request);
        WindowSweep.Settings settings = Shrinks.sweep(
                request.get("length").asInt(),
                List.of("decoder"),
                List.of("permute"),
                MergePlan.Anchor.FIRST,
                Split.VALIDATION,
                request.get("limit").asInt(),
                10_000,
                0);
        workload.metric(Split.VALIDATION, 1); // reads the text
        boolean race = request.path("race").asBoolean();
        Subject subject = new Subject(
                new WindowSweep.Named("base", model),
                Optional.empty(),
                workload,
                new StateFolder(state),
                Calibration.DEFAULT_MEMORY,
                Progress.NONE);
        long start = System.nanoTime();
        SweepResult result = race ? WindowSweep.race(subject, settings) : WindowSweep.run(subject, settings);
        double seconds = seconds(start);
        System.err.println("the best window: " + result.best().layers());
        return seconds;
    }

    // what grows with what: environment/ffmerge bench growth

    private double load(JsonNode request) {
        long start = System.nanoTime();
        model(request);
        return seconds(start);
    }

    /** Activations of so many tokens of the first layers, which are not kept. */
    private double record(JsonNode request) {
        TransformerModel model = model(request);
        int tokens = request.get("tokens").asInt();
        Set<Sublayer> sublayers = new LinkedHashSet<>();
        for (int layer = 0; layer < request.get("layers").asInt(); layer++) {
            sublayers.add(new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", layer));
        }
        List<? extends Batch> batches = workload(request).activationBatches(tokens);
        long start = System.nanoTime();
        ActivationRecorder.record(model, batches, sublayers, tokens, (values, scope) -> {}, Progress.NONE);
        return seconds(start);
    }

    /** Correlations of two sublayers of so many units over so many tokens. */
    private double products(JsonNode request) {
        int width = request.get("width").asInt();
        Sublayer one = new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", 0);
        Sublayer other = new Sublayer(Site.FEED_FORWARD_UNITS, "decoder", 1);
        CrossMoments.Pair pair = new CrossMoments.Pair(one, other);
        try (NDManager manager = Torch.newScope(device);
                CrossMoments moments = new CrossMoments(List.of(pair), manager)) {
            NDArray x = manager.randomNormal(new Shape(2048, width));
            NDArray y = manager.randomNormal(new Shape(2048, width));
            long start = System.nanoTime();
            for (int tokens = 0; tokens < request.get("tokens").asInt(); tokens += 2048) {
                try (NDManager scope = manager.newSubManager()) {
                    moments.accept(Map.of(one, x, other, y), scope);
                }
            }
            moments.correlation(pair);
            return seconds(start);
        }
    }

    /** Windows of several lengths, which are scored without having been aligned. */
    private double score(JsonNode request) {
        TransformerModel model = model(request);
        TextWorkload workload = workload(request);
        List<Integer> lengths = new ArrayList<>();
        request.get("lengths").forEach(length -> lengths.add(length.asInt()));
        WindowSweep.Settings settings = new WindowSweep.Settings(
                lengths,
                List.of("decoder"),
                Ways.BUILT_IN.onWindows(List.of("none"), Choices.NONE),
                Split.VALIDATION,
                request.get("limit").asInt(),
                0,
                Protocol.OURS,
                0);
        workload.metric(Split.VALIDATION, 1); // reads the text
        long start = System.nanoTime();
        WindowSweep.run("base", model, settings, workload, new StateFolder(state), Progress.NONE);
        return seconds(start);
    }

    private double eval(JsonNode request) {
        TransformerModel model = model(request);
        TextWorkload workload = workload(request);
        long start = System.nanoTime();
        Evaluator.evaluate(
                model, workload.metric(Split.VALIDATION, request.get("limit").asInt()), Progress.NONE);
        return seconds(start);
    }

    /** Class scores of a batch of random images. */
    private double images(JsonNode request) {
        TransformerModel model = model(request);
        ImageClassifier classifier = (ImageClassifier) model;
        ImageClassifier.ImageShape shape = classifier.imageShape();
        int rows = request.get("rows").asInt();
        byte[] pixels = new byte[rows * shape.channels() * shape.height() * shape.width()];
        new Random(0).nextBytes(pixels);
        ImageBatch batch = new ImageBatch(
                pixels,
                rows,
                shape.channels(),
                shape.height(),
                shape.width(),
                new int[rows],
                PixelScale.ofHalves(shape.channels()));
        long start = System.nanoTime();
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            classifier
                    .classLogits(model.advance(model.embed(batch, pass), model.layers(), pass), pass)
                    .toFloatArray();
        }
        return seconds(start);
    }

    /** Translates the first sentences of the test split, in batches of like lengths. */
    private double translate(JsonNode request) {
        TransformerModel model = model(request);
        PairTokenizer tokenizer =
                tokenizers.computeIfAbsent(request.get("model").asText(), f -> PairTokenizer.load(Path.of(f)));
        PairSet pairs = pairSets.computeIfAbsent(
                request.get("data").asText(),
                data -> new PairSet(
                        "tatoeba",
                        Split.TEST,
                        PairFiles.read(
                                Path.of(data, "tatoeba-test.tsv"),
                                ffmerge.data.Columns.KNOWN,
                                tokenizer,
                                ((TranslationModel) model).positions(),
                                notice -> {},
                                Progress.NONE)));
        GenerationSettings generation = ((TranslationModel) model)
                .generation()
                .withBeams(request.get("beams").asInt())
                .withMaxLength(request.get("longest").asInt());
        long start = System.nanoTime();
        for (TranslationBatch batch :
                pairs.byLength(request.get("limit").asInt(), request.get("rows").asInt())) {
            try (NDManager scope = model.newScope()) {
                ((TranslationModel) model)
                        .translate(model.embed(batch, Pass.inference(scope)), generation, scope)
                        .forEach(tokenizer::decode);
            }
        }
        return seconds(start);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
