package ffmerge.architecture;

import java.util.Set;

/** A residual branch of a layer: a sublayer that adds to the states, with its norms. A model may lack it. */
public enum Branch {
    ATTENTION("attention", "attention-", Set.of("query", "key", "value", "query-key-value", "query-norm", "key-norm")),
    FEED_FORWARD("feed-forward", "feed-forward-", Set.of("up", FeedForwardTensor.GATE, "down"));

    private static final String BIAS = "-bias";

    private final String label;
    private final String start;
    private final Set<String> roles;

    Branch(String label, String start, Set<String> roles) {
        this.label = label;
        this.start = start;
        this.roles = roles;
    }

    /** The word of the notebook's {@code --site}. */
    public String label() {
        return label;
    }

    /** Whether a layer's tensor of this role belongs to it. */
    boolean has(String role) {
        String ofAll = role.replaceFirst("-\\d+$", ""); // heads may have one each
        String ofWeight = ofAll.endsWith(BIAS) ? ofAll.substring(0, ofAll.length() - BIAS.length()) : ofAll;
        return roles.contains(ofWeight) || role.startsWith(start);
    }
}
