package ffmerge.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.GgufCheckpoint;
import ffmerge.checkpoint.GgufType;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.checkpoint.ValueWriter;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a model as a GGUF file. Such files know no ties: each place has its own tensor. */
public final class GgufWriter {
    /** What the file is called in its folder. */
    public static final String FILE = "model.gguf";

    private static final int ALIGNMENT = 32;
    private static final int VERSION = 3;
    private static final int UINT32 = 4;
    private static final int FLOAT32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int LIST = 9;
    private static final int INT32 = 5;

    /** A tensor to be written: what the file calls it, and whose values it gets. */
    private record Place(String name, GgufFamily.Named of, List<Long> shape, GgufType type) {
        long bytes() {
            long elements = shape.stream().reduce(1L, Math::multiplyExact);
            return elements / type.blockElements() * type.blockBytes();
        }

        long padded() {
            return (bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
    }

    private final GgufFamily family;
    private final ObjectNode config;
    private final Checkpoint checkpoint;
    private final GgufType type;
    private final List<Place> places;

    /** Whether models of a config's {@code model_type} are written so. */
    public static boolean writes(String modelType) {
        return GgufFamily.ofModelType(modelType).isPresent();
    }

    /**
     * @param type of matrices; rows that its blocks don't fit are float16, vectors float32
     * @throws UserError if models of the config's family aren't written so
     */
    public GgufWriter(ObjectNode config, Checkpoint checkpoint, GgufType type) {
        String modelType = config.path("model_type").asText();
        this.family = GgufFamily.ofModelType(modelType)
                .orElseThrow(() -> new UserError("models of the type '" + modelType
                        + "' aren't written as GGUF here, those of llama and gpt2 are; --format expanded writes what"
                        + " llama.cpp's converter takes"));
        this.config = config;
        this.checkpoint = checkpoint;
        this.type = type;
        this.places = places();
    }

    private List<Place> places() {
        List<Place> all = new ArrayList<>();
        Map<String, GgufFamily.Named> names =
                family.tensors(config.path(family.text("layers")).asInt());
        Map<String, String> byOurs = new LinkedHashMap<>();
        names.forEach((theirs, named) -> byOurs.put(named.name(), theirs));
        List<String> ours = new ArrayList<>(checkpoint.tensors().keySet());
        ours.addAll(checkpoint.ties().keptByAlias().keySet());
        for (String name : ours) {
            String theirs = byOurs.get(name);
            if (theirs == null) {
                throw new UserError("the tensor '" + name + "' has no place in GGUF; save with --format expanded");
            }
            TensorSpec spec = checkpoint.tensors().get(checkpoint.ties().keptName(name));
            List<Long> shape = new ArrayList<>(spec.shape());
            GgufFamily.Named named = names.get(theirs);
            if (named.order().equals(GgufCheckpoint.TURNED)) {
                Collections.reverse(shape);
            }
            all.add(new Place(theirs, named, List.copyOf(shape), typeOf(theirs, shape)));
        }
        List<String> order = new ArrayList<>(names.keySet());
        all.sort(Comparator.comparingInt(place -> order.indexOf(place.name())));
        return List.copyOf(all);
    }

    private GgufType typeOf(String name, List<Long> shape) {
        if (shape.size() < 2 || name.equals("position_embd.weight")) {
            return GgufType.F32;
        }
        return shape.get(1) % type.blockElements() == 0 ? type : GgufType.F16;
    }

    /** How many bytes the tensors take. */
    public long bytes() {
        return places.stream().mapToLong(Place::padded).sum();
    }

    /**
     * Writes the file, which must not be there.
     *
     * @param tokenizer what {@code tokenizer.json} holds; null where there is none
     * @return what is left out, in words; empty where nothing is
     */
    public String write(Path file, String name, JsonNode tokenizer, JsonNode tokenizerConfig, Progress progress)
            throws IOException {
        Map<String, Object> says = new LinkedHashMap<>();
        says.put("general.architecture", family.name());
        says.put("general.name", name);
        says.put("general.file_type", (long) fileType());
        says.put("general.alignment", (long) ALIGNMENT);
        says.putAll(GgufConfig.said(config, family));
        says.putAll(GgufConfig.rotarySaid(config, family));
        says.put(family.name() + ".vocab_size", config.path("vocab_size").asLong());
        GgufVocabulary vocabulary = new GgufVocabulary(tokenizer, tokenizerConfig, config);
        says.putAll(vocabulary.says());
        byte[] header = header(says);
        long data = (header.length + ALIGNMENT - 1L) / ALIGNMENT * ALIGNMENT;
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                Progress.Stage stage = progress.start(
                        "Saving", places.stream().mapToLong(Place::bytes).sum(), "bytes")) {
            ValueWriter writer = new ValueWriter(out, stage::advance);
            writer.bytes(ByteBuffer.wrap(header));
            writer.bytes(ByteBuffer.allocate((int) (data - header.length)));
            for (Place place : places) {
                float[] values = values(place);
                writer.tensor(
                        place.of().name(),
                        values.length,
                        place.type(),
                        (from, into) -> into.put(values, (int) from, into.remaining()));
                writer.bytes(ByteBuffer.allocate((int) (place.padded() - place.bytes())));
            }
            out.force(true);
        }
        return vocabulary.leftOut();
    }

    private int fileType() {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q8_0 -> 7;
            case BF16 -> 32;
            default -> throw new IllegalArgumentException(type.label());
        };
    }

    /** In the file's order. */
    private float[] values(Place place) {
        float[] held = checkpoint.read(place.of().name());
        int rows = Math.toIntExact(place.shape().get(0));
        int columns = held.length / rows;
        return switch (place.of().order()) {
            case GgufCheckpoint.TURNED -> GgufCheckpoint.turned(held, columns, rows);
            case GgufCheckpoint.PAIRED -> {
                int heads = (int) GgufConfig.heads(place.of().headsKey().orElseThrow(), family, config);
                yield GgufCheckpoint.paired(held, columns, rows / heads);
            }
            default -> held;
        };
    }

    private byte[] header(Map<String, Object> says) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeBytes("GGUF");
            put(out, 4, VERSION);
            put(out, 8, places.size());
            put(out, 8, says.size());
            for (Map.Entry<String, Object> each : says.entrySet()) {
                text(out, each.getKey());
                value(out, each.getValue());
            }
            long offset = 0;
            for (Place place : places) {
                text(out, place.name());
                put(out, 4, place.shape().size());
                for (int axis = place.shape().size() - 1; axis >= 0; axis--) {
                    put(out, 8, place.shape().get(axis));
                }
                put(out, 4, place.type().number());
                put(out, 8, offset);
                offset += place.padded();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // to memory
        }
        return bytes.toByteArray();
    }

    private static void value(DataOutputStream out, Object value) throws IOException {
        put(out, 4, typeNumber(value));
        if (value instanceof List<?> list) {
            put(out, 4, list.isEmpty() ? STRING : list.get(0) instanceof Long ? INT32 : STRING);
            put(out, 8, list.size());
            for (Object each : list) {
                plain(out, each);
            }
        } else {
            plain(out, value);
        }
    }

    private static int typeNumber(Object value) {
        return value instanceof Long
                ? UINT32
                : value instanceof Double
                        ? FLOAT32
                        : value instanceof Boolean ? BOOL : value instanceof List<?> ? LIST : STRING;
    }

    private static void plain(DataOutputStream out, Object value) throws IOException {
        if (value instanceof Long whole) {
            put(out, 4, whole);
        } else if (value instanceof Double real) {
            put(out, 4, Float.floatToRawIntBits(real.floatValue()));
        } else if (value instanceof Boolean flag) {
            out.writeByte(flag ? 1 : 0);
        } else {
            text(out, value.toString());
        }
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        put(out, 8, bytes.length);
        out.write(bytes);
    }

    /** A whole number in little-endian order. */
    private static void put(DataOutputStream out, int length, long value) throws IOException {
        for (int i = 0; i < length; i++) {
            out.writeByte((int) (value >>> Byte.SIZE * i));
        }
    }
}
