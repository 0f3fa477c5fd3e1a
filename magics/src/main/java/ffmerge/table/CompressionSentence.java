package ffmerge.table;

import ffmerge.result.Labels;
import ffmerge.result.ShrinkResult;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What became of a model that was made smaller. */
final class CompressionSentence {
    private CompressionSentence() {}

    static String of(ShrinkResult r) {
        return r.result() + ": " + r.summary() + Sentences.protocol(r.protocol()) + "; " + size(r) + matched(r);
    }

    /** In parameters, unless there are as many in fewer bytes. */
    private static String size(ShrinkResult r) {
        boolean fewerBits = r.parametersAfter() == r.parametersBefore() && r.bytesAfter() < r.bytesBefore();
        return fewerBits
                ? Labels.bytes(r.bytesBefore()) + " → " + Labels.bytes(r.bytesAfter()) + ", "
                        + Labels.percent(1 - (double) r.bytesAfter() / r.bytesBefore()) + " of the bytes removed."
                : Labels.count(r.parametersBefore()) + " → " + Labels.count(r.parametersAfter()) + " parameters, "
                        + Labels.percent(1 - (double) r.parametersAfter() / r.parametersBefore()) + " removed.";
    }

    private static String matched(ShrinkResult r) {
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
