package ffmerge.result;

/**
 * A model that a run worked on, as far as its results are to be compared later, when it is gone.
 *
 * @param lineage how it came to be
 * @param layers with an FF sublayer, over all stacks
 * @param feedForwards how many sets of FF weights they share
 * @param parameters held in memory, a tied one once
 * @param context in tokens, of a language model; else 0
 */
public record Subject(String lineage, String family, int layers, int feedForwards, long parameters, int context) {}
