package ffmerge.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.MergePlan;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import ffmerge.tune.Execution;
import ffmerge.tune.TuneSettings;
import ffmerge.tune.Tuner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The Java side of {@code gpu.py}: tunes a GPT-2 shape of random weights for some steps, in a process of its own. */
public final class StepBench {
    private static final ObjectMapper JSON = new ObjectMapper();

    private StepBench() {}

    /** @param arguments a folder for state; the request comes as JSON on standard input */
    public static void main(String[] arguments) throws IOException {
        JsonNode request = JSON.readTree(System.in);
        ModelConfig config = ModelConfig.published("gpt2-large")
                .orElseThrow()
                .with("n_layer", request.get("layers").asInt())
                .with("n_embd", request.get("width").asInt())
                .with("n_head", request.get("heads").asInt())
                .with("n_positions", request.get("length").asInt())
                .with("vocab_size", request.get("vocabulary").asInt());
        ObjectNode result = JSON.createObjectNode();
        try (TransformerModel model = model(Architecture.of(config), request)) {
            result.put("parameters", model.parameters().uniqueCount());
            result.put("seconds", secondsPerStep(model, request, Path.of(arguments[0])));
        }
        System.out.println(result);
    }

    /** As {@code tune} has it: a copy of one that stays, unless memory is all that counts. */
    private static TransformerModel model(Architecture architecture, JsonNode request) {
        TransformerModel untied = TransformerModel.random(
                architecture, Torch.device(request.get("device").asText()), 0);
        int tied = request.get("tied").asInt();
        if (tied == 0) {
            return untied;
        }
        try (untied) {
            MergePlan plan = new MergePlan(
                    List.of(MergePlan.Group.of(
                            "decoder", IntStream.range(0, tied).boxed().toList(), MergePlan.Anchor.FIRST)),
                    MergePlan.Alignment.NONE,
                    0);
            return Shrinks.merge(untied, plan, null, 1, Progress.NONE).model();
        }
    }

    /** The median over the steps but the first two, in which libtorch makes its plans. */
    private static double secondsPerStep(TransformerModel model, JsonNode request, Path state) {
        int steps = request.get("steps").asInt();
        int rows = request.get("rows").asInt();
        int length = request.get("length").asInt();
        Execution execution = new Execution(
                Precision.parse(request.get("precision").asText()),
                request.get("recompute").asBoolean(),
                List.of());
        long[] ids = new SplittableRandom(0)
                .longs((long) rows * length, 0, ((LanguageModel) model).vocabulary())
                .toArray();
        List<Long> times = new ArrayList<>();
        new Tuner(
                        model,
                        new TuneSettings(steps + 1, rows, 1, 1e-4, 0, 0.01, 1, 0, 10_000, 10_000, 0),
                        execution,
                        (r, seed, index) -> new TokenBatch(ids, rows, length, 1),
                        m -> 0,
                        (a, b) -> false,
                        state,
                        (loss, checks) -> times.add(System.nanoTime()))
                .run(Progress.NONE);
        long[] each = IntStream.range(1, steps)
                .mapToLong(i -> times.get(i) - times.get(i - 1))
                .skip(1)
                .sorted()
                .toArray();
        return Arrays.stream(each).skip(each.length / 2).findFirst().orElseThrow() / 1e9;
    }
}
