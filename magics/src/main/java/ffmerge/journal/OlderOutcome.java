package ffmerge.journal;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Counted;
import ffmerge.Measure;
import ffmerge.result.Labels;
import java.util.stream.Collectors;

/** What came out of a run in a few words, of logs that have no more than the result's JSON. */
final class OlderOutcome {
    private OlderOutcome() {}

    static String of(JsonNode result) {
        Measure metric = LoggedMeasures.named(result.path("metric").asText());
        if (result.path("best").isObject()) {
            return metric.title() + " " + value(metric, result.at("/best/value")) + " at best";
        }
        if (result.has("after")) {
            return metric.title() + " " + value(metric, result.path("before")) + " → "
                    + value(metric, result.path("after"));
        }
        if (result.has("value")) {
            return metric.title() + " " + value(metric, result.path("value"));
        }
        if (result.has("parametersAfter")) {
            return Labels.count(result.path("parametersAfter").asLong()) + " parameters";
        }
        if (result.at("/model/uniqueParameters").isNumber()) {
            return Labels.count(result.at("/model/uniqueParameters").asLong()) + " parameters";
        }
        if (result.path("matchedCorrelation").isNumber()) {
            return "matched correlation "
                    + Labels.number(result.path("matchedCorrelation").asDouble());
        }
        if (result.has("site")) {
            return "CKA of the " + result.path("site").asText() + " sublayers";
        }
        if (result.path("wrong").isObject()) {
            return result.path("wrong").properties().stream()
                            .map(e -> e.getValue().asText())
                            .collect(Collectors.joining(", "))
                    + " images mistaken";
        }
        if (result.path("rows").isArray()) {
            return Counted.of(result.path("rows").size(), "models");
        }
        return result.path("folder").asText();
    }

    /** JSON has no NaN: a value that was none is null there. */
    private static String value(Measure metric, JsonNode value) {
        return Labels.value(metric, value.asDouble(Double.NaN));
    }
}
