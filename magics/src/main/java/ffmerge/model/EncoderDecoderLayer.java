package ffmerge.model;

import ffmerge.architecture.Branch;
import ffmerge.architecture.FeedForwardTensor;

/**
 * What a layer of an encoder–decoder has learned.
 *
 * @param self null where the layer lacks it
 * @param source how a decoder layer looks at what the encoder made of the source; null in the encoder
 * @param up null where the layer lacks its FF sublayer
 * @param gate none where units have no gates
 */
record EncoderDecoderLayer(
        Attention self,
        Norms selfNorms,
        Attention source,
        Norms sourceNorms,
        Linear up,
        Linear gate,
        Linear down,
        Norms norms) {
    /**
     * The norms of a sublayer; none where the family has none.
     *
     * @param in of what enters its maps
     * @param out of the sum of what entered and what came out
     */
    record Norms(Norm in, Norm out) {
        static final Norms NONE = new Norms(Norm.NONE, Norm.NONE);

        private static Norms of(LayerWeights w, String role, boolean before) {
            Norm norm = w.norm(role);
            return before ? new Norms(norm, Norm.NONE) : new Norms(Norm.NONE, norm);
        }
    }

    /** @param before whether norms stand before their sublayers, not behind the sums */
    static EncoderDecoderLayer of(LayerWeights w, boolean before) {
        boolean decodes = w.has("source-query");
        boolean attends = w.has(Branch.ATTENTION);
        boolean feedsForward = w.has(Branch.FEED_FORWARD);
        boolean gated = feedsForward && w.has(FeedForwardTensor.GATE);
        return new EncoderDecoderLayer(
                attends ? Attention.of(w, "") : null,
                attends ? Norms.of(w, "attention-norm", before) : Norms.NONE,
                decodes ? Attention.of(w, "source-") : null,
                decodes ? Norms.of(w, "source-attention-norm", before) : Norms.NONE,
                feedsForward ? w.linear(FeedForwardTensor.UP) : null,
                gated ? w.linear(FeedForwardTensor.GATE) : Linear.NONE,
                feedsForward ? w.linear(FeedForwardTensor.DOWN) : null,
                feedsForward ? Norms.of(w, "feed-forward-norm", before) : Norms.NONE);
    }

    boolean isGated() {
        return gate != Linear.NONE;
    }
}
