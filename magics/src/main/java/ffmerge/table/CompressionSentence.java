package ffmerge.table;

import ffmerge.result.CompressionResult;
import ffmerge.result.Labels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What became of a model that was merged or lost layers. */
final class CompressionSentence {
    private CompressionSentence() {}

    static String of(CompressionResult r) {
        double removed = 1 - (double) r.parametersAfter() / r.parametersBefore();
        String parameters = Labels.count(r.parametersBefore()) + " → " + Labels.count(r.parametersAfter())
                + " parameters, " + Labels.percent(removed) + " removed.";
        String what = r.groups().isEmpty() ? dropped(r) : merged(r);
        return r.result() + ": " + what + "; " + parameters + matched(r);
    }

    private static String dropped(CompressionResult r) {
        return r.model() + " without " + layers(r.layers());
    }

    private static String merged(CompressionResult r) {
        // groups of the same layers in several stacks are told once: "encoder and decoder layers 1-3"
        Map<List<Integer>, List<String>> stacks = new LinkedHashMap<>();
        r.groups()
                .forEach(group -> stacks.computeIfAbsent(group.layers(), g -> new ArrayList<>())
                        .add(group.stack()));
        String layers = stacks.entrySet().stream()
                .map(e -> String.join(" and ", e.getValue()) + " layers " + Labels.layers(e.getKey()))
                .collect(Collectors.joining(", "));
        String each = r.groups().size() == 1 ? "share one FF sublayer" : "share an FF sublayer each";
        return r.model() + " whose " + layers + " " + each + " (" + Labels.method(r.align()) + ", anchor " + r.anchor()
                + Sentences.protocol(r.protocol()) + ")";
    }

    private static String layers(Map<String, List<Integer>> byStack) {
        return byStack.entrySet().stream()
                .map(e ->
                        e.getKey() + (e.getValue().size() == 1 ? " layer " : " layers ") + Labels.layers(e.getValue()))
                .collect(Collectors.joining(" and "));
    }

    private static String matched(CompressionResult r) {
        if (r.matchedCorrelation().isEmpty()) {
            return "";
        }
        boolean several = r.matchedCorrelation().size() > 1;
        return " Matched correlation: "
                + r.matchedCorrelation().entrySet().stream()
                        .map(stack -> (several ? stack.getKey() + " " : "") + ofLayers(stack.getValue()))
                        .collect(Collectors.joining("; "))
                + ".";
    }

    private static String ofLayers(Map<String, Double> layers) {
        return layers.entrySet().stream()
                .map(e -> String.format(Locale.ROOT, "layer %s %.1f", e.getKey(), e.getValue()))
                .collect(Collectors.joining(", "));
    }
}
