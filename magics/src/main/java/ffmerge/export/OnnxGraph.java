package ffmerge.export;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.ValueWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph of ONNX's operators over a model's weights, built node by node and written as one file. Each weight stands in it
 * once, however many nodes use it. Own code, as the wire format takes a page and libraries for it bring a compiler's output.
 */
final class OnnxGraph {
    /** Of the operators; LayerNormalization came with it. */
    private static final long OPERATORS = 17;

    private static final long FORMAT = 8;
    private static final long LARGEST = Integer.MAX_VALUE;

    private static final int FLOAT = 1;
    private static final int INT64 = 7;
    private static final int FLOAT16 = 10;
    private static final int BFLOAT16 = 16;

    private final Checkpoint checkpoint;
    private final DType dtype;
    private final Map<String, String> weights = new LinkedHashMap<>(); // kept name → value
    private final Map<String, String> constants = new LinkedHashMap<>(); // content → name
    private final Protobuf graph = new Protobuf();
    private final Protobuf ends = new Protobuf();
    private int made;

    /** @param dtype in which weights are stored; all is computed in float32 */
    OnnxGraph(Checkpoint checkpoint, DType dtype) {
        this.checkpoint = checkpoint;
        this.dtype = dtype;
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    /** A value that is given: whole numbers, or float32. */
    String input(String name, boolean whole, Object... axes) {
        ends.message(11, value(name, whole ? INT64 : FLOAT, axes));
        return name;
    }

    /** Names a value as the graph's result. */
    void output(String value, String name, Object... axes) {
        node("Identity", List.of(value), name, Map.of());
        ends.message(12, value(name, FLOAT, axes));
    }

    /** @param axes numbers where they are fixed, else names */
    private static Protobuf value(String name, int type, Object... axes) {
        Protobuf shape = new Protobuf();
        for (Object axis : axes) {
            shape.message(
                    1,
                    axis instanceof String free
                            ? new Protobuf().text(2, free)
                            : new Protobuf().number(1, ((Number) axis).longValue()));
        }
        Protobuf tensor = new Protobuf().number(1, type).message(2, shape);
        return new Protobuf().text(1, name).message(2, new Protobuf().message(1, tensor));
    }

    String op(String type, String... inputs) {
        return op(type, Map.of(), inputs);
    }

    /** @param attributes {@link Long}, {@link Float} or {@code long[]} by name */
    String op(String type, Map<String, Object> attributes, String... inputs) {
        String output = type + "_" + made++;
        node(type, List.of(inputs), output, attributes);
        return output;
    }

    /** A node that splits its input evenly. */
    List<String> split(String input, int parts, long axis) {
        List<String> outputs = new ArrayList<>();
        Protobuf node = new Protobuf().text(1, input);
        for (int i = 0; i < parts; i++) {
            outputs.add("Split_" + made++);
            node.text(2, outputs.get(i));
        }
        graph.message(1, node.text(4, "Split").message(5, attribute("axis", axis)));
        return outputs;
    }

    private void node(String type, List<String> inputs, String output, Map<String, Object> attributes) {
        Protobuf node = new Protobuf();
        inputs.forEach(input -> node.text(1, input));
        node.text(2, output).text(4, type);
        attributes.forEach((name, value) -> node.message(5, attribute(name, value)));
        graph.message(1, node);
    }

    private static Protobuf attribute(String name, Object value) {
        Protobuf attribute = new Protobuf().text(1, name);
        if (value instanceof Float real) {
            return attribute.real(2, real).number(20, 1);
        }
        if (value instanceof Long whole) {
            return attribute.number(3, whole).number(20, 2);
        }
        for (long each : (long[]) value) {
            attribute.number(8, each);
        }
        return attribute.number(20, 7);
    }

    String number(float value) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(value);
        return constant("number_" + value, FLOAT, bytes, new long[0]);
    }

    String numbers(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant("numbers_" + constants.size(), FLOAT, bytes, new long[] {values.length});
    }

    /** A scalar. */
    String whole(long value) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
        return constant("whole_" + value, INT64, bytes, new long[0]);
    }

    String wholes(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return constant("wholes" + Arrays.toString(values), INT64, bytes, new long[] {values.length});
    }

    private String constant(String key, int type, ByteBuffer bytes, long[] shape) {
        return constants.computeIfAbsent(key, k -> {
            String name = "constant_" + constants.size();
            Protobuf tensor = tensor(name, type, shape).bytes(9, bytes.array());
            graph.message(5, tensor);
            return name;
        });
    }

    private static Protobuf tensor(String name, int type, long[] shape) {
        Protobuf tensor = new Protobuf();
        for (long axis : shape) {
            tensor.number(1, axis);
        }
        return tensor.number(2, type).text(8, name);
    }

    /** A weight, in float32; a name that shares another one's is that one. */
    String weight(String name) {
        String kept = checkpoint.ties().keptName(name);
        String known = weights.get(kept);
        if (known == null) {
            known = dtype == DType.F32 ? kept : op("Cast", Map.of("to", (long) FLOAT), kept);
            weights.put(kept, known);
        }
        return known;
    }

    /** Of a matrix stored as [out, in], turned once for all who share it. */
    String turned(String name) {
        String key = checkpoint.ties().keptName(name) + " turned";
        String known = weights.get(key);
        if (known == null) {
            known = op("Transpose", Map.of("perm", new long[] {1, 0}), weight(name));
            weights.put(key, known);
        }
        return known;
    }

    List<Long> shape(String name) {
        return checkpoint.tensors().get(checkpoint.ties().keptName(name)).shape();
    }

    private List<TensorSpec> stored() {
        return checkpoint.tensors().values().stream()
                .filter(spec -> weights.containsKey(spec.name()))
                .map(spec -> spec.as(dtype))
                .toList();
    }

    /** How many bytes the weights take. */
    long bytes() {
        return stored().stream().mapToLong(TensorSpec::bytes).sum();
    }

    /**
     * Writes the file, which must not be there.
     *
     * @throws UserError if it would be larger than such a file can be, or a value doesn't fit its type
     */
    void write(Path file, Progress progress) throws IOException {
        List<TensorSpec> stored = stored();
        List<byte[]> heads = new ArrayList<>();
        long length = 0;
        byte[] nodes = graph.text(2, "ffmerge").raw(ends.toBytes()).toBytes();
        for (TensorSpec spec : stored) {
            long[] shape = spec.shape().stream().mapToLong(Long::longValue).toArray();
            byte[] inside = tensor(spec.name(), number(dtype), shape)
                    .begin(9, spec.bytes())
                    .toBytes();
            byte[] head = new Protobuf()
                    .begin(5, inside.length + spec.bytes())
                    .raw(inside)
                    .toBytes();
            heads.add(head);
            length += head.length + spec.bytes();
        }
        length += nodes.length;
        if (length > LARGEST) {
            throw new UserError("an ONNX file holds at most 2 GB, the model takes " + (length >> 20)
                    + " MB; save it with --dtype float16, or --format expanded");
        }
        Protobuf operators = new Protobuf().text(1, "").number(2, OPERATORS);
        byte[] start = new Protobuf()
                .number(1, FORMAT)
                .text(2, "ffmerge")
                .message(8, operators)
                .begin(7, length)
                .raw(nodes)
                .toBytes();
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                Progress.Stage stage = progress.start("Saving", bytes(), "bytes")) {
            ValueWriter writer = new ValueWriter(out, stage::advance);
            writer.bytes(ByteBuffer.wrap(start));
            for (int i = 0; i < stored.size(); i++) {
                writer.bytes(ByteBuffer.wrap(heads.get(i)));
                writer.tensor(checkpoint, stored.get(i).name(), stored.get(i).elements(), dtype);
            }
            out.force(true);
        }
    }

    private static int number(DType dtype) {
        return switch (dtype) {
            case F16 -> FLOAT16;
            case BF16 -> BFLOAT16;
            default -> FLOAT;
        };
    }
}
