package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;

/**
 * A model made smaller, in whatever way.
 *
 * @param model the model it was made from
 * @param result the new model
 * @param way the command that does such: {@code merge}, {@code drop}, {@code quantize}
 * @param method which kind of it: {@code permute}, {@code none} or {@code random} for merging; {@code drop}, {@code nf4}, …
 * @param layers by stack, the layers that were changed; empty where all were
 * @param groups the same, group by group, where each became one sublayer
 * @param anchor which layer of a group the others were aligned to; null where nothing was merged
 * @param align how units were matched; null where nothing was merged
 * @param matchedCorrelation by stack and layer, the sum over matched units' correlations; empty unless permuted
 * @param protocol by which units were matched; null unless permuted
 * @param bytesBefore of native memory
 * @param sharing all layers of the new model whose FF sublayers are one, whenever they became that
 * @param attentionSharing the same of attention sublayers
 * @param summary what the new model is, in words: {@code base without decoder layers 3-4}
 * @param changes what became of each layer that was changed
 * @param options what else was chosen, each a field of its own in JSON
 */
public record ShrinkResult(
        String model,
        String result,
        String method,
        Map<String, List<Integer>> layers,
        List<Group> groups,
        String anchor,
        String align,
        Map<String, Map<String, Double>> matchedCorrelation,
        long parametersBefore,
        long parametersAfter,
        String protocol,
        String way,
        long bytesBefore,
        long bytesAfter,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Step.Group> sharing,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Step.Group> attentionSharing,
        String summary,
        List<Change> changes,
        @JsonAnyGetter Map<String, Object> options)
        implements Result {
    /** Layers that became one. */
    public record Group(String stack, List<Integer> layers, int anchor) {}

    /** @param became what became of the layer: {@code merged with layer 3} */
    public record Change(String stack, int layer, String became) {}
}
