package ffmerge.model;

import ffmerge.architecture.Branch;
import java.util.EnumSet;
import java.util.Set;

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
    /** What enters an attention sublayer's maps: the states behind the norm that stands before it, if one does. */
    ATTENTION_INPUT("attention-input"),
    /** The outputs of an attention sublayer's heads, one behind the other: what its output projection reads. */
    ATTENTION_HEADS("attention-heads"),
    /** The output of an attention sublayer's output projection. */
    ATTENTION("attention"),
    /** What a decoder's queries of its encoder's output are made of; keys and values are made of that output itself. */
    SOURCE_ATTENTION_INPUT("source-attention-input"),
    /** As {@link #ATTENTION_HEADS}, of a decoder's attention to its encoder's output. */
    SOURCE_ATTENTION_HEADS("source-attention-heads");

    private static final Set<Site> ALWAYS_THERE =
            EnumSet.of(FEED_FORWARD_UNITS, FEED_FORWARD_GATE, FEED_FORWARD_PRODUCT, FEED_FORWARD, ATTENTION);
    private static final Set<Site> OF_ATTENTION = EnumSet.range(ATTENTION_INPUT, SOURCE_ATTENTION_HEADS);

    private final String label;

    Site(String label) {
        this.label = label;
    }

    /** Whether it is shown in any pass, or only to who asks. */
    boolean isAlwaysThere() {
        return ALWAYS_THERE.contains(this);
    }

    /** The sublayer that it is a place of. */
    public Branch branch() {
        return OF_ATTENTION.contains(this) ? Branch.ATTENTION : Branch.FEED_FORWARD;
    }

    /** The word of the notebook's {@code --site}. */
    public String label() {
        return label;
    }
}
