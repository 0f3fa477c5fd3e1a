package ffmerge.export;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Settings;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** A model's forward pass as a graph of ONNX, as its family's table names the parts. Shapes stand in comments. */
public final class OnnxModel {
    /** What the file is called in its folder. */
    public static final String FILE = "model.onnx";

    /** Added to what is not to be attended to. */
    private static final float MASKED = -1e30f;

    private static final Map<String, Consumer<OnnxModel>> GRAPHS = Map.of(
            "gpt2", OnnxModel::decoder,
            "vit", OnnxModel::imageClassifier,
            "marian", OnnxModel::translator);

    private final Architecture architecture;
    private final Settings settings;
    private final OnnxGraph graph;

    /**
     * @param checkpoint a model's file, without parts of another form than floats
     * @param dtype in which weights are stored
     * @throws UserError if models of this family aren't written so
     */
    public OnnxModel(Architecture architecture, Checkpoint checkpoint, DType dtype) {
        this.architecture = architecture;
        this.settings = architecture.settings();
        this.graph = new OnnxGraph(checkpoint, dtype);
        if (!writes(architecture.family())) {
            throw new UserError("models of " + architecture.title()
                    + " aren't written as ONNX here, those of GPT-2, ViT and Marian are; --format expanded writes what"
                    + " Python's optimum takes");
        }
        GRAPHS.get(architecture.family()).accept(this);
    }

    /** Whether models of a family are written so: others of its pass differ in what isn't written here. */
    public static boolean writes(String family) {
        return GRAPHS.containsKey(family);
    }

    /** How many bytes the weights take. */
    public long bytes() {
        return graph.bytes();
    }

    public void write(Path file, Progress progress) throws IOException {
        graph.write(file, progress);
    }

    // --- whole models

    private void decoder() {
        String ids = graph.input("input_ids", true, "batch", "length");
        String length = length(ids);
        String places = graph.op("Range", graph.whole(0), length, graph.whole(1));
        String x = graph.op(
                "Add",
                graph.op("Gather", outside("tokens"), ids),
                graph.op("Gather", outside("positions"), places)); // [batch, length, model]
        String mask = causal(length);
        for (int layer = 0; layer < layers("decoder"); layer++) {
            x = preNormLayer("decoder", layer, x, mask);
        }
        String head = find(null, -1, "head")
                .or(() -> find(null, -1, "tokens"))
                .orElseThrow()
                .name();
        String logits = graph.op("MatMul", norm(null, -1, "norm", x), graph.turned(head));
        graph.output(logits, "logits", "batch", "length", graph.shape(head).get(0));
    }

    private void imageClassifier() {
        String patches = find(null, -1, "patches").orElseThrow().name();
        List<Long> shape = graph.shape(patches); // [model, channels, height, width]
        String size = settings.key("imageSize");
        String pixels = graph.input(
                "pixel_values",
                false,
                "batch",
                shape.get(1),
                (long) architecture.config().sizeAt(size, 0),
                (long) architecture.config().sizeAt(size, 1));
        String seen = graph.op(
                "Conv",
                Map.of("strides", new long[] {shape.get(2), shape.get(3)}),
                pixels,
                graph.weight(patches),
                outside("patches-bias"));
        String rows = graph.op("Reshape", seen, graph.wholes(0, shape.get(0), -1));
        String x = graph.op("Transpose", Map.of("perm", new long[] {0, 2, 1}), rows); // [batch, patches, model]
        String batch = graph.op("Gather", graph.op("Shape", pixels), graph.wholes(0));
        String each = graph.op("Concat", Map.of("axis", 0L), batch, graph.wholes(1, 1));
        String first = graph.op("Expand", outside("class-token"), each);
        x = graph.op("Add", graph.op("Concat", Map.of("axis", 1L), first, x), outside("positions"));
        for (int layer = 0; layer < layers("encoder"); layer++) {
            x = preNormLayer("encoder", layer, x, null);
        }
        String pooled = graph.op("Gather", Map.of("axis", 1L), norm(null, -1, "norm", x), graph.whole(0));
        String head = find(null, -1, "head").orElseThrow().name();
        graph.output(
                linear(null, -1, "head", pooled),
                "logits",
                "batch",
                graph.shape(head).get(0));
    }

    private void translator() {
        String ids = graph.input("input_ids", true, "batch", "length");
        String counts = graph.input("attention_mask", true, "batch", "length");
        String targets = graph.input("decoder_input_ids", true, "batch", "target_length");
        String ignored = graph.op("Sub", graph.number(1), graph.op("Cast", Map.of("to", 1L), counts));
        String sourceMask = graph.op(
                "Unsqueeze",
                graph.op("Mul", ignored, graph.number(MASKED)),
                graph.wholes(1, 2)); // [batch, 1, 1, length]
        String memory = placed(ids, "source-tokens");
        for (int layer = 0; layer < layers("encoder"); layer++) {
            memory = postNormLayer("encoder", layer, memory, sourceMask, null, null);
        }
        String x = placed(targets, "target-tokens");
        String mask = causal(length(targets));
        for (int layer = 0; layer < layers("decoder"); layer++) {
            x = postNormLayer("decoder", layer, x, mask, memory, sourceMask);
        }
        String head = find(null, -1, "head")
                .or(() -> find(null, -1, "tokens"))
                .orElseThrow()
                .name();
        String scores = graph.op("MatMul", x, graph.turned(head));
        String logits =
                find(null, -1, "head-bias").isPresent() ? graph.op("Add", scores, outside("head-bias")) : scores;
        graph.output(
                logits, "logits", "batch", "target_length", graph.shape(head).get(0));
    }

    /** Embedded tokens with sinusoidal positions: of a row first the sines, then the cosines. */
    private String placed(String ids, String role) {
        String tokens = find(null, -1, role)
                .or(() -> find(null, -1, "tokens"))
                .orElseThrow()
                .name();
        int width = settings.size("width");
        String x = graph.op("Gather", graph.weight(tokens), ids);
        if (settings.flag("scaleEmbedding")) {
            x = graph.op("Mul", x, graph.number((float) Math.sqrt(width)));
        }
        String places =
                graph.op("Cast", Map.of("to", 1L), graph.op("Range", graph.whole(0), length(ids), graph.whole(1)));
        String column = graph.op("Unsqueeze", places, graph.wholes(1));
        String sines = graph.op("Sin", graph.op("Mul", column, graph.numbers(frequencies(width, (width + 1) / 2))));
        String cosines = graph.op("Cos", graph.op("Mul", column, graph.numbers(frequencies(width, width / 2))));
        return graph.op("Add", x, graph.op("Concat", Map.of("axis", 1L), sines, cosines));
    }

    private static float[] frequencies(int width, int count) {
        float[] frequencies = new float[count];
        for (int i = 0; i < count; i++) {
            frequencies[i] = (float) Math.pow(10000, -2.0 * i / width);
        }
        return frequencies;
    }

    // --- layers

    private String preNormLayer(String stack, int layer, String x, String mask) {
        String states = x;
        if (has(stack, layer, "attention-out")) {
            String normed = norm(stack, layer, "attention-norm", states);
            states = graph.op("Add", states, attention(stack, layer, "", normed, normed, mask));
        }
        return has(stack, layer, "up")
                ? graph.op("Add", states, feedForward(stack, layer, norm(stack, layer, "feed-forward-norm", states)))
                : states;
    }

    private String postNormLayer(String stack, int layer, String x, String mask, String memory, String sourceMask) {
        String states = x;
        if (has(stack, layer, "attention-out")) {
            String attended = attention(stack, layer, "", states, states, mask);
            states = norm(stack, layer, "attention-norm", graph.op("Add", states, attended));
        }
        if (memory != null && has(stack, layer, "source-attention-out")) {
            String attended = attention(stack, layer, "source-", states, memory, sourceMask);
            states = norm(stack, layer, "source-attention-norm", graph.op("Add", states, attended));
        }
        return has(stack, layer, "up")
                ? norm(stack, layer, "feed-forward-norm", graph.op("Add", states, feedForward(stack, layer, states)))
                : states;
    }

    private String feedForward(String stack, int layer, String x) {
        return linear(stack, layer, "down", activated(linear(stack, layer, "up", x)));
    }

    /** @param of what keys and values are made of: {@code x} itself, or an encoder's output */
    private String attention(String stack, int layer, String which, String x, String of, String mask) {
        String query;
        String key;
        String value;
        if (has(stack, layer, "query-key-value")) {
            List<String> all = graph.split(linear(stack, layer, "query-key-value", x), 3, -1);
            query = all.get(0);
            key = all.get(1);
            value = all.get(2);
        } else {
            query = linear(stack, layer, which + "query", x);
            key = linear(stack, layer, which + "key", of);
            value = linear(stack, layer, which + "value", of);
        }
        ModelTensor out = find(stack, layer, which + "attention-out").orElseThrow();
        long width = out.inputs(); // of all heads
        long heads = heads(stack);
        String shape = graph.wholes(0, 0, heads, width / heads);
        String q = graph.op("Transpose", Map.of("perm", new long[] {0, 2, 1, 3}), graph.op("Reshape", query, shape));
        String k = graph.op("Transpose", Map.of("perm", new long[] {0, 2, 3, 1}), graph.op("Reshape", key, shape));
        String v = graph.op("Transpose", Map.of("perm", new long[] {0, 2, 1, 3}), graph.op("Reshape", value, shape));
        String scores = graph.op(
                "Mul", graph.op("MatMul", q, k), graph.number((float) (1 / Math.sqrt((double) width / heads))));
        String masked = mask == null ? scores : graph.op("Add", scores, mask); // [batch, heads, length, length]
        String mixed = graph.op("MatMul", graph.op("Softmax", Map.of("axis", -1L), masked), v);
        String rows = graph.op(
                "Reshape",
                graph.op("Transpose", Map.of("perm", new long[] {0, 2, 1, 3}), mixed),
                graph.wholes(0, 0, width));
        return linear(stack, layer, which + "attention-out", rows);
    }

    private long heads(String stack) {
        boolean own = stack.equals("decoder") && settings.has("decoderHeads");
        return settings.size(own ? "decoderHeads" : "heads");
    }

    private String activated(String x) {
        String name = settings.text("activation");
        return switch (name) {
            case "relu" -> graph.op("Relu", x);
            case "silu", "swish" -> graph.op("Mul", x, graph.op("Sigmoid", x));
            case "quick_gelu" -> graph.op("Mul", x, graph.op("Sigmoid", graph.op("Mul", x, graph.number(1.702f))));
            case "gelu" -> half(x, graph.op("Erf", graph.op("Mul", x, graph.number((float) Math.sqrt(0.5)))));
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> {
                String cube = graph.op("Mul", x, graph.op("Mul", x, x));
                String sum = graph.op("Add", x, graph.op("Mul", cube, graph.number(0.044715f)));
                yield half(x, graph.op("Tanh", graph.op("Mul", sum, graph.number((float) Math.sqrt(2 / Math.PI)))));
            }
            default -> throw new UserError("the activation '" + name + "' isn't written as ONNX here");
        };
    }

    /** x / 2 · (1 + y) */
    private String half(String x, String y) {
        return graph.op("Mul", graph.op("Mul", x, graph.number(0.5f)), graph.op("Add", y, graph.number(1)));
    }

    // --- parts

    /** [length, length]: 0 where a place may look, {@link #MASKED} beyond it. */
    private String causal(String length) {
        String places = graph.op("Range", graph.whole(0), length, graph.whole(1));
        String beyond = graph.op(
                "Greater",
                graph.op("Unsqueeze", places, graph.wholes(0)),
                graph.op("Unsqueeze", places, graph.wholes(1)));
        return graph.op("Where", beyond, graph.number(MASKED), graph.number(0));
    }

    private String length(String ids) {
        return graph.op("Gather", graph.op("Shape", ids), graph.whole(1));
    }

    private String norm(String stack, int layer, String role, String x) {
        Map<String, Object> how = Map.of("axis", -1L, "epsilon", (float) settings.number("epsilon"));
        return graph.op("LayerNormalization", how, x, weight(stack, layer, role), weight(stack, layer, role + "-bias"));
    }

    private String linear(String stack, int layer, String role, String x) {
        ModelTensor tensor = find(stack, layer, role).orElseThrow();
        String matrix = tensor.inputsFirst() ? graph.weight(tensor.name()) : graph.turned(tensor.name());
        String product = graph.op("MatMul", x, matrix);
        return has(stack, layer, role + "-bias")
                ? graph.op("Add", product, weight(stack, layer, role + "-bias"))
                : product;
    }

    private String outside(String role) {
        return weight(null, -1, role);
    }

    private String weight(String stack, int layer, String role) {
        return graph.weight(find(stack, layer, role).orElseThrow().name());
    }

    private boolean has(String stack, int layer, String role) {
        return find(stack, layer, role).isPresent();
    }

    private Optional<ModelTensor> find(String stack, int layer, String role) {
        return architecture.tensors().stream()
                .filter(t -> t.layer() == layer && t.role().equals(role) && Objects.equals(t.stack(), stack))
                .findFirst();
    }

    private int layers(String stack) {
        return architecture.stack(stack).layers();
    }
}
