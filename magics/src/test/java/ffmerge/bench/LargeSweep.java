package ffmerge.bench;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.align.Calibration;
import ffmerge.align.Protocol;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.cost.CostModel;
import ffmerge.cost.Costs;
import ffmerge.data.Split;
import ffmerge.data.TokenStream;
import ffmerge.evaluate.Scoring;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.study.Subject;
import ffmerge.study.WindowSweep;
import ffmerge.torch.Precision;
import ffmerge.workload.TextWorkload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** The Java side of {@code large_sweep.py}: a sweep of a GPT-2 shape with random weights over random text. */
public final class LargeSweep {
    private static final ObjectMapper JSON = new ObjectMapper();

    private LargeSweep() {}

    /** @param arguments the folder for state and activations; the request comes as JSON on standard input */
    public static void main(String[] arguments) throws IOException {
        JsonNode request = JSON.readTree(System.in);
        StateFolder state = new StateFolder(Path.of(arguments[0]));
        ModelConfig config = ModelConfig.published("gpt2-large")
                .orElseThrow()
                .with("n_layer", request.get("layers").asInt())
                .with("n_embd", request.get("width").asInt())
                .with("n_head", request.get("heads").asInt())
                .with("n_positions", request.get("context").asInt())
                .with("vocab_size", request.get("vocabulary").asInt());
        Architecture architecture = Architecture.of(config);
        int tokens = request.get("tokens").asInt();
        int limit = request.get("limit").asInt();
        WindowSweep.Settings settings = Shrinks.sweep(
                request.get("length").asInt(),
                List.of("decoder"),
                List.of("permute"),
                MergePlan.Anchor.FIRST,
                Split.VALIDATION,
                limit,
                tokens,
                0);
        long memory = request.get("memory").asLong();
        TextWorkload workload = noise(request, tokens, limit);
        int most = request.get("windows").asInt();
        ObjectNode result = JSON.createObjectNode();
        long start = System.nanoTime();
        AtomicLong disk = new AtomicLong();
        try (TransformerModel model = TransformerModel.random(architecture, Device.cpu(), 0)) {
            int all = WindowSweep.windows(model, settings).size();
            int windows = most == 0 ? all : Math.min(all, most);
            try {
                int batches = workload.metric(Split.VALIDATION, limit).batches().size();
                WindowSweep.run(
                        new Subject(
                                new WindowSweep.Named("noise", model),
                                Optional.empty(),
                                workload,
                                state,
                                memory,
                                stopAfter((1L + windows) * batches, disk),
                                Precision.parse(request.path("precision").asText("float32"))),
                        settings);
            } catch (Interrupted e) {
                // that was all we wanted
            }
            Thread.interrupted(); // of the last window, which nothing stopped any more
            result.put("windows", windows);
            result.put("seconds", (System.nanoTime() - start) / 1e9);
            result.put(
                    "disk",
                    disk.get() * architecture.stacks().get(0).feedForwardWidth() * Float.BYTES * model.layers());
            Costs costs = new Costs("noise", architecture, new CostModel(architecture, Device.cpu()));
            DryRun predicted = costs.sweep(
                    WindowSweep.candidates("noise", model, settings).shrinks(),
                    workload.metric(Split.VALIDATION, limit),
                    new Calibration(tokens, Protocol.OURS, memory, state));
            result.put("predictedSeconds", predicted.seconds());
            result.put("predictedMemory", predicted.memoryBytes());
            result.put("predictedDisk", predicted.diskBytes());
        }
        System.out.println(result);
    }

    /** Stops the sweep when so many batches are scored; notes how many tokens were replayed from disk; says how far it is. */
    private static Progress stopAfter(long batches, AtomicLong replayed) {
        long start = System.nanoTime();
        return (label, total, unit) -> done -> {
            if (label.equals("Correlating units")) {
                replayed.accumulateAndGet(done, Math::max);
            }
            if (done == total || label.equals("Scoring windows")) {
                System.err.printf(
                        "%6.0f s  %s: %d of %d %s%n", (System.nanoTime() - start) / 1e9, label, done, total, unit);
            }
            if (label.equals("Scoring windows") && done == batches) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private static TextWorkload noise(JsonNode request, int tokens, int limit) {
        int context = request.get("context").asInt();
        int length = Math.max(tokens, limit * context) + context;
        int[] ids = new SplittableRandom(0)
                .ints(length, 0, request.get("vocabulary").asInt())
                .toArray();
        TokenStream stream = new TokenStream("noise", Split.VALIDATION, ids);
        return new TextWorkload("noise", split -> stream, Scoring.of(context));
    }
}
