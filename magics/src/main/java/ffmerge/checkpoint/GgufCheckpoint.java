package ffmerge.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file under the names and in the order that a family's tensors have in Hugging Face layout. A small JSON beside the
 * family's config says which is which: {@code {"file": …, "tensors": {"wte.weight": {"name": "token_embd.weight"}}}}.
 */
public final class GgufCheckpoint implements Checkpoint {
    /** The name of that JSON. */
    public static final String POINTER = "gguf.json";

    public static final String FILE = "file";
    public static final String TENSORS = "tensors";
    public static final String NAME = "name";
    /** {@link #TURNED}, {@link #PAIRED}, or nothing where the order is the same. */
    public static final String ORDER = "order";

    public static final String HEADS = "heads";
    /** The file has [out, in] where the family has [in, out]. */
    public static final String TURNED = "turned";
    /** Of each head the file has the rows that are turned together next to each other, the family has them half a head apart. */
    public static final String PAIRED = "paired";

    private record Place(GgufFile.Tensor tensor, String order, int heads) {}

    private final GgufFile file;
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();
    private String reordered = "";
    private float[] values;

    private GgufCheckpoint(GgufFile file, JsonNode pointer) {
        this.file = file;
        pointer.path(TENSORS).properties().forEach(entry -> {
            String name = entry.getValue().path(NAME).asText();
            GgufFile.Tensor tensor = file.tensors().get(name);
            if (tensor == null) {
                throw new UserError(file.path() + " has no tensor '" + name + "'");
            }
            String order = entry.getValue().path(ORDER).asText("");
            List<Long> shape = new ArrayList<>(tensor.shape());
            if (order.equals(TURNED)) {
                Collections.reverse(shape);
            }
            places.put(
                    entry.getKey(),
                    new Place(tensor, order, entry.getValue().path(HEADS).asInt(1)));
            tensors.put(
                    entry.getKey(), new TensorSpec(entry.getKey(), tensor.type().plain(), shape));
        });
    }

    /** @throws UserError if the file is gone, another one now, or damaged */
    static GgufCheckpoint open(Path pointer) {
        ObjectNode says = PythonJson.readObject(pointer);
        GgufFile file = GgufFile.open(Path.of(says.path(FILE).asText()));
        try {
            return new GgufCheckpoint(file, says);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public String source() {
        return file.path().toString();
    }

    @Override
    public Map<String, TensorSpec> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Ties ties() {
        return Ties.NONE;
    }

    @Override
    public void read(String name, long from, FloatBuffer into) {
        Place place = places.get(name);
        if (place == null) {
            throw new UserError(file.path() + " has no tensor '" + name + "'");
        }
        if (place.order.isEmpty()) {
            file.read(place.tensor, from, into);
            return;
        }
        if (!reordered.equals(name)) {
            values = reordered(place);
            reordered = name;
        }
        into.put(values, Math.toIntExact(from), into.remaining());
    }

    private float[] reordered(Place place) {
        float[] held = new float[Math.toIntExact(place.tensor.elements())];
        file.read(place.tensor, 0, FloatBuffer.wrap(held));
        int rows = Math.toIntExact(place.tensor.shape().get(0));
        int columns = held.length / rows;
        return place.order.equals(TURNED) ? turned(held, rows, columns) : unpaired(held, columns, rows / place.heads);
    }

    /** [rows, columns] → [columns, rows] */
    public static float[] turned(float[] from, int rows, int columns) {
        float[] to = new float[from.length];
        for (int i = 0; i < from.length; i++) {
            to[i % columns * rows + i / columns] = from[i];
        }
        return to;
    }

    /** Rows 0, 1, 2, 3, … of a head become its rows 0, head/2, 1, head/2 + 1, … */
    private static float[] unpaired(float[] from, int columns, int head) {
        float[] to = new float[from.length];
        for (int row = 0; row < from.length / columns; row++) {
            int inHead = row % head;
            int target = row - inHead + inHead % 2 * (head / 2) + inHead / 2;
            System.arraycopy(from, row * columns, to, target * columns, columns);
        }
        return to;
    }

    /** The inverse of what {@link #PAIRED} undoes: a family's rows as such files have them. */
    public static float[] paired(float[] from, int columns, int head) {
        float[] to = new float[from.length];
        for (int row = 0; row < from.length / columns; row++) {
            int inHead = row % head;
            int source = row - inHead + inHead % 2 * (head / 2) + inHead / 2;
            System.arraycopy(from, source * columns, to, row * columns, columns);
        }
        return to;
    }

    @Override
    public void close() {
        file.close();
    }
}
