package ffmerge.model;

/** A place in a layer that can be observed. */
public enum Site {
    /** What enters an FF sublayer's maps: the states behind the norm that stands before it, if one does. */
    FEED_FORWARD_INPUT("feed-forward-input"),
    /** The units of an FF sublayer before their activation: the output of the up-projection (what is correlated). */
    FEED_FORWARD_UNITS("feed-forward-units"),
    /** The gate of each unit of a gated FF sublayer, before its activation. */
    FEED_FORWARD_GATE("feed-forward-gate"),
    /** The units of a gated FF sublayer times their activated gates: what its down-projection reads. */
    FEED_FORWARD_PRODUCT("feed-forward-product"),
    /** The output of an FF sublayer's down-projection (what CKA compares). */
    FEED_FORWARD("feed-forward"),
    /** The output of an attention sublayer's output projection. */
    ATTENTION("attention");

    private final String label;

    Site(String label) {
        this.label = label;
    }

    /** The word of the notebook's {@code --site}. */
    public String label() {
        return label;
    }
}
