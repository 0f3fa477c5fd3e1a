package ffmerge.activation;

import ffmerge.model.Site;

/** A sublayer's place whose values are recorded. */
public record Sublayer(Site site, String stack, int layer) {}
