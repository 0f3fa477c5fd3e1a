package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A model that a run worked on or made, as far as its results are to be compared later, when it is gone.
 *
 * @param lineage how it came to be, in words
 * @param layers with an FF sublayer, over all stacks
 * @param feedForwards how many sets of FF weights they share
 * @param parameters held in memory, a tied one once
 * @param context in tokens, of a language model; else 0
 * @param bytes of native memory; 0 in the logs of older versions
 * @param history how it came to be; in the logs of older versions, of which only {@code lineage} tells, null
 */
public record Subject(
        String lineage,
        String family,
        int layers,
        int feedForwards,
        long parameters,
        int context,
        long bytes,
        @JsonInclude(JsonInclude.Include.NON_NULL) Lineage history) {}
