package ffmerge.model;

import ffmerge.architecture.Branch;

/**
 * What a decoder's layer has learned. Where norms stand is told by which of them there are.
 *
 * @param attentionNorm before the sublayer
 * @param attention null where the layer lacks it
 * @param attentionOutNorm behind it, before the residual sum
 * @param gate null where units have no gates
 * @param up null where the layer lacks its FF sublayer
 * @param attentionSumNorm behind the residual sum
 */
record DecoderLayer(
        Norm attentionNorm,
        Attention attention,
        Norm queryNorm,
        Norm keyNorm,
        Norm attentionOutNorm,
        Norm attentionSumNorm,
        Norm feedForwardNorm,
        Linear gate,
        Linear up,
        Linear down,
        Norm feedForwardOutNorm,
        Norm feedForwardSumNorm) {
    /** @param before whether norms stand before the sublayers, though they may have learned nothing */
    static DecoderLayer of(LayerWeights w, boolean before) {
        boolean attends = w.has(Branch.ATTENTION);
        boolean feedsForward = w.has(Branch.FEED_FORWARD);
        return new DecoderLayer(
                before && attends ? before(w, "attention-norm") : Norm.NONE,
                attends ? Attention.of(w, "") : null,
                w.headNorm("query-norm"),
                w.headNorm("key-norm"),
                w.normIfAny("attention-out-norm"),
                w.normIfAny("attention-sum-norm"),
                before && feedsForward ? before(w, "feed-forward-norm") : Norm.NONE,
                w.has("gate") ? w.linear("gate") : null,
                feedsForward ? w.linear("up") : null,
                feedsForward ? w.linear("down") : null,
                w.normIfAny("feed-forward-out-norm"),
                w.normIfAny("feed-forward-sum-norm"));
    }

    /** The sublayer's own norm, or the layer's where both sublayers read the same. */
    private static Norm before(LayerWeights w, String role) {
        return w.norm(w.has("shared-norm") ? "shared-norm" : role);
    }
}
