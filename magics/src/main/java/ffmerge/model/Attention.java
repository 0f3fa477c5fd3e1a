package ffmerge.model;

import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import ffmerge.architecture.Settings;
import java.util.List;

/**
 * The linear maps of an attention sublayer.
 *
 * @param key none where the query's map makes keys and values too
 */
record Attention(Linear query, Linear key, Linear value, Linear out) {
    /** Where a layer lacks it. */
    static final Attention NONE = new Attention(Linear.NONE, Linear.NONE, Linear.NONE, Linear.NONE);

    /** @param part what stands before the roles of its maps: {@code source-} where it looks at an encoder's output */
    static Attention of(LayerWeights layer, String part) {
        if (layer.has(part + "query-key-value")) {
            return new Attention(
                    layer.linear(part + "query-key-value"),
                    Linear.NONE,
                    Linear.NONE,
                    layer.linear(part + "attention-out"));
        }
        return new Attention(
                layer.linear(part + "query"),
                layer.linear(part + "key"),
                layer.linear(part + "value"),
                layer.linear(part + "attention-out"));
    }

    /** Whether one map makes queries, keys and values. */
    boolean isJoined() {
        return key == Linear.NONE;
    }

    /** The same with one map for queries, keys and values where they can be joined, for decoding. */
    Attention joined(NDManager manager) {
        List<Linear> joined = Linear.joined(List.of(query, key, value), manager);
        return new Attention(joined.get(0), joined.get(1), joined.get(2), out.turned(manager));
    }

    /** The same without its output projection: what it gives are its heads' outputs, one behind the other. */
    Attention heads() {
        return new Attention(query, key, value, Linear.NONE);
    }

    /** As kernels take them. */
    List<Linear> maps() {
        return List.of(query, key, value, out);
    }

    /**
     * The number of attention heads.
     *
     * @throws UserError if the model's width does not divide into them
     */
    static int heads(Settings settings, String name) {
        int heads = settings.size(name);
        int width = settings.size("width");
        boolean ownWidth = settings.has(name.replaceFirst("s$", "Width"));
        if (!ownWidth && width % heads != 0) {
            throw new UserError(settings.config().source() + ": " + settings.key("width") + " " + width
                    + " does not divide into " + heads + " heads");
        }
        return heads;
    }
}
