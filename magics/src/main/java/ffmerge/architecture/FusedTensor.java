package ffmerge.architecture;

import ffmerge.checkpoint.Interleaved;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor that files hold and that is several ones in memory, each with a role of its own: queries, keys and values that one
 * product gives.
 *
 * @param name the name that transformers saves it under
 * @param spellings all names it may have in a file, {@code name} first; the parts have theirs in the same order
 * @param parts in the order in which they stand in it
 * @param groups how many times they follow one another: 1 where each is in one piece, the number of heads where each head has
 *     its queries, keys and values together
 */
public record FusedTensor(String name, List<String> spellings, List<ModelTensor> parts, int groups) {
    /** The axis along which the parts follow one another. */
    private int axis() {
        return parts.get(0).inputsFirst() ? 1 : 0;
    }

    /** How wide what comes out of it is; of a bias, its length. */
    public long outputs() {
        return parts.stream().mapToLong(ModelTensor::outputs).sum();
    }

    public List<Long> shape() {
        List<Long> shape = new ArrayList<>(parts.get(0).shape());
        shape.set(axis(), outputs());
        return List.copyOf(shape);
    }

    /** Where the parts' values stand. */
    public Interleaved layout() {
        int rows = axis() == 0 ? groups : Math.toIntExact(groups * shape().get(0));
        return new Interleaved(
                rows, parts.stream().map(part -> part.elements() / rows).toList());
    }

    /** The same of another shape, as adapters have beside weights: {@code [out, rank]}, the outputs as here. */
    public Interleaved layout(int columns) {
        return new Interleaved(
                groups,
                parts.stream().map(part -> part.outputs() / groups * columns).toList());
    }
}
