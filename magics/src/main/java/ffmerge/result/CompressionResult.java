package ffmerge.result;

import ffmerge.align.LayerAlignment;
import ffmerge.align.Protocol;
import ffmerge.merge.LayerDrop;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.shrink.Merging;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A model made smaller, by merging FF sublayers or dropping layers.
 *
 * @param model the model it was made from
 * @param result the new model
 * @param method {@code permute}, {@code none} or {@code random} for merging; {@code drop}
 * @param layers by stack, the layers merged or dropped
 * @param groups the same, group by group: each became one sublayer
 * @param anchor which layer of a group the others were aligned to; null for dropping
 * @param align how units were matched; null for dropping
 * @param matchedCorrelation by stack and layer, the sum over matched units' correlations; empty unless permuted
 * @param protocol by which units were matched; null unless permuted
 */
public record CompressionResult(
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
        String protocol)
        implements Result {
    /** Layers that became one. */
    public record Group(String stack, List<Integer> layers, int anchor) {}

    /**
     * The result of a merge.
     *
     * @param name of the model that was merged
     * @param result of the merged model
     */
    public static CompressionResult ofMerge(
            String name,
            String result,
            MergePlan.Anchor anchor,
            Protocol protocol,
            TransformerModel before,
            Merging merging) {
        MergePlan plan = merging.plan();
        Map<String, List<Integer>> layers = new LinkedHashMap<>();
        for (MergePlan.Group group : plan.groups()) {
            layers.merge(
                    group.stack(),
                    group.layers(),
                    (a, b) -> Stream.concat(a.stream(), b.stream()).sorted().toList());
        }
        String align = plan.alignment().label();
        return new CompressionResult(
                name,
                result,
                align,
                layers,
                plan.groups().stream()
                        .map(g -> new Group(g.stack(), g.layers(), g.anchor()))
                        .toList(),
                anchor.label(),
                align,
                matchedCorrelation(merging.alignments()),
                before.parameters().uniqueCount(),
                merging.model().parameters().uniqueCount(),
                plan.alignment() == MergePlan.Alignment.PERMUTE ? protocol.label() : null);
    }

    /** The result of dropping layers. */
    public static CompressionResult ofDrop(
            String name, String result, List<LayerDrop> drops, TransformerModel before, TransformerModel after) {
        Map<String, List<Integer>> layers = new LinkedHashMap<>();
        drops.forEach(drop -> layers.put(drop.stack(), drop.layers()));
        return new CompressionResult(
                name,
                result,
                "drop",
                layers,
                List.of(),
                null,
                null,
                Map.of(),
                before.parameters().uniqueCount(),
                after.parameters().uniqueCount(),
                null);
    }

    public static Map<String, Map<String, Double>> matchedCorrelation(List<LayerAlignment> alignments) {
        Map<String, Map<String, Double>> matched = new LinkedHashMap<>();
        for (LayerAlignment alignment : alignments) {
            matched.computeIfAbsent(alignment.stack(), s -> new LinkedHashMap<>())
                    .put(String.valueOf(alignment.layer()), alignment.matchedCorrelation());
        }
        return matched;
    }
}
