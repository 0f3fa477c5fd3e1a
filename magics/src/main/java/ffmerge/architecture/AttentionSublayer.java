package ffmerge.architecture;

import java.util.List;

/**
 * An attention sublayer that looks at its own states: its linear maps, and what else stands in the order of its heads.
 *
 * @param layer counted from 0 in its stack
 * @param maps weights and biases of queries, keys, values and output
 * @param norms of queries or keys over all heads, which stay where they are but go with the heads
 */
public record AttentionSublayer(
        String stack, int layer, AttentionHeads heads, List<AttentionTensor> maps, List<AttentionTensor> norms) {
    /** Parameters of all maps. */
    public long parameters() {
        return maps.stream().mapToLong(map -> map.tensor().elements()).sum();
    }

    /** How wide the outputs of all heads are, one behind the other. */
    public int width() {
        return heads.queries() * heads.width();
    }
}
