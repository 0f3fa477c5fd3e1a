package ffmerge.result;

import java.util.Map;

/**
 * CKA between all sublayers of one kind.
 *
 * @param site {@code feed-forward} or {@code attention}
 * @param tokens over how many tokens
 * @param stacks by stack, layer by layer
 */
public record CkaResult(String model, String site, int tokens, Map<String, double[][]> stacks) implements Result {}
