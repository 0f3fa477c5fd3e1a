package ffmerge.model;

import ffmerge.architecture.Branch;

/** A place in a layer that can be observed. */
public enum Site {
    /** The states that enter a layer. */
    LAYER_INPUT("layer-input"),
    /** The states that a layer makes of them. */
    LAYER_OUTPUT("layer-output"),
    /** What enters an FF sublayer's maps: the states behind the norm that stands before it, if one does. */
    FEED_FORWARD_INPUT("feed-forward-input"),
    /** The units of an FF sublayer before their activation: the output of the up-projection (what is correlated). */
    FEED_FORWARD_UNITS("feed-forward-units"),
    /** The gate of each unit of a gated FF sublayer, before its activation. */
    FEED_FORWARD_GATE("feed-forward-gate"),
    /** The units of a gated FF sublayer times their activated gates: what its down-projection reads. */
    FEED_FORWARD_PRODUCT("feed-forward-product"),
    /** The units of an FF sublayer without gates behind their activation: what its down-projection reads. */
    FEED_FORWARD_ACTIVATED("feed-forward-activated"),
    /** The output of an FF sublayer's down-projection (what CKA compares). */
    FEED_FORWARD("feed-forward"),
    /** The outputs of an attention sublayer's heads, one behind the other: what its output projection reads. */
    ATTENTION_HEADS("attention-heads"),
    /** The output of an attention sublayer's output projection. */
    ATTENTION("attention");

    private final String label;

    Site(String label) {
        this.label = label;
    }

    /** Whether it is shown in any pass, or only to who asks. */
    boolean isAlwaysThere() {
        return this != FEED_FORWARD_INPUT
                && this != FEED_FORWARD_ACTIVATED
                && this != ATTENTION_HEADS
                && this != LAYER_INPUT
                && this != LAYER_OUTPUT;
    }

    /** The sublayer that it is a place of. */
    public Branch branch() {
        return this == ATTENTION || this == ATTENTION_HEADS ? Branch.ATTENTION : Branch.FEED_FORWARD;
    }

    /** The word of the notebook's {@code --site}. */
    public String label() {
        return label;
    }
}
