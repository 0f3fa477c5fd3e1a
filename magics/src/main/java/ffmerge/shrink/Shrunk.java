package ffmerge.shrink;

import ffmerge.align.LayerAlignment;
import ffmerge.model.TransformerModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model made smaller. It is the caller's to close.
 *
 * @param alignments by which units were reordered first; empty where none were
 */
public record Shrunk(TransformerModel model, List<LayerAlignment> alignments) {
    public Shrunk(TransformerModel model) {
        this(model, List.of());
    }

    /** By stack and layer, the sum over matched units' correlations. */
    public Map<String, Map<String, Double>> matchedCorrelation() {
        Map<String, Map<String, Double>> matched = new LinkedHashMap<>();
        for (LayerAlignment alignment : alignments) {
            matched.computeIfAbsent(alignment.stack(), s -> new LinkedHashMap<>())
                    .put(String.valueOf(alignment.layer()), alignment.matchedCorrelation());
        }
        return matched;
    }
}
