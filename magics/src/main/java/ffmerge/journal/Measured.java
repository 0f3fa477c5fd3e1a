package ffmerge.journal;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Measure;
import ffmerge.align.Protocol;
import ffmerge.result.Run;
import ffmerge.result.Subject;
import ffmerge.shrink.Lineage;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a logged run says of one model's quality or size.
 *
 * @param run that says it
 * @param model its name then
 * @param feedForwardsRemoved over all stacks; 0 where layers were dropped
 * @param parameters held in memory
 * @param metric null where the run measured nothing
 * @param baseline the unchanged model's value, where the run has it too; else NaN
 */
record Measured(
        Run run,
        String model,
        Subject subject,
        Lineage lineage,
        int feedForwardsRemoved,
        long parameters,
        String metric,
        double value,
        String data,
        String split,
        double baseline) {
    /** All that a run says; nothing for runs of other kinds, and for those of versions that noted no models. */
    static List<Measured> of(Run run) {
        JsonNode result = run.result();
        String name = result.path("model").asText();
        Subject subject = run.provenance().models().get(name);
        return switch (run.command()) {
            case "compare" -> ofComparison(run);
            case "eval" -> subject == null ? List.of() : List.of(ofModel(run, name, subject, result));
            case "sweep" -> subject == null ? List.of() : ofSweep(run, name, subject);
            case "merge", "drop", "tune" -> subject == null ? List.of() : List.of(ofNewModel(run, subject));
            default -> List.of();
        };
    }

    private static Measured ofModel(Run run, String name, Subject subject, JsonNode values) {
        return new Measured(
                run,
                name,
                subject,
                Lineage.parse(subject.lineage()),
                subject.layers() - subject.feedForwards(),
                subject.parameters(),
                values.path("metric").asText(),
                number(values.path("value")),
                run.result().path("data").asText(),
                run.result().path("split").asText(),
                Double.NaN);
    }

    private static List<Measured> ofComparison(Run run) {
        List<Measured> all = new ArrayList<>();
        for (JsonNode row : run.result().path("rows")) {
            String name = row.path("model").asText();
            Subject subject = run.provenance().models().get(name);
            if (subject != null) {
                all.add(ofModel(run, name, subject, row));
            }
        }
        return all;
    }

    /** The best window. */
    private static List<Measured> ofSweep(Run run, String name, Subject subject) {
        JsonNode result = run.result();
        JsonNode best = result.path("best");
        if (!best.isObject()) {
            return List.of();
        }
        List<Integer> window = new ArrayList<>();
        int removed = 0;
        Iterator<JsonNode> stacks = best.path("layers").elements();
        while (stacks.hasNext()) {
            List<Integer> layers = new ArrayList<>();
            stacks.next().forEach(layer -> layers.add(layer.asInt()));
            removed += layers.size() - 1;
            window = layers;
        }
        String method = best.path("method").asText();
        boolean drops = method.equals("drop");
        String protocol = result.path("protocol").asText(Protocol.OURS.label());
        Lineage lineage = Lineage.parse(subject.lineage());
        return List.of(new Measured(
                run,
                name,
                subject,
                drops
                        ? lineage.dropped(window)
                        : lineage.merged(
                                List.of(window),
                                method,
                                option(run, "anchor", "first"),
                                option(run, "features", "up"),
                                protocol),
                drops ? 0 : removed + subject.layers() - subject.feedForwards(),
                subject.parameters() - best.path("parametersRemoved").asLong(),
                result.path("metric").asText(),
                number(best.path("value")),
                result.path("data").asText(),
                result.path("split").asText(),
                lineage.isCompressed() ? Double.NaN : number(result.path("baseline"))));
    }

    /** A merge, drop or tuning: the new model's size, and what tuning measured. */
    private static Measured ofNewModel(Run run, Subject subject) {
        JsonNode result = run.result();
        int removed = subject.layers() - subject.feedForwards();
        for (JsonNode group : result.path("groups")) {
            removed += group.path("layers").size() - 1;
        }
        Lineage before = Lineage.parse(subject.lineage());
        return new Measured(
                run,
                result.path("result").asText(),
                subject,
                switch (run.command()) {
                    case "tune" -> before.tuned(result.path("steps").asInt());
                    case "drop" ->
                        before.dropped(layers(result.path("layers").elements().next()));
                    default ->
                        before.merged(
                                groups(result.path("groups")),
                                result.path("align").asText(),
                                result.path("anchor").asText(),
                                option(run, "features", "up"),
                                result.path("protocol").asText(Protocol.OURS.label()));
                },
                run.command().equals("drop") ? 0 : removed,
                result.path("parametersAfter").asLong(subject.parameters()),
                result.has("metric") ? result.path("metric").asText() : null,
                number(result.path("after")),
                "",
                "validation",
                Double.NaN);
    }

    /** Each group once, though it be merged in several stacks. */
    private static List<List<Integer>> groups(JsonNode groups) {
        Map<String, List<Integer>> distinct = new LinkedHashMap<>();
        groups.forEach(group -> distinct.put(group.path("layers").toString(), layers(group.path("layers"))));
        return List.copyOf(distinct.values());
    }

    private static List<Integer> layers(JsonNode layers) {
        List<Integer> list = new ArrayList<>();
        layers.forEach(layer -> list.add(layer.asInt()));
        return list;
    }

    /** JSON has no NaN: a value that was none is null there. */
    private static double number(JsonNode value) {
        return value.asDouble(Double.NaN);
    }

    /** An option as the command's line has it, or its body in YAML. */
    static String option(Run run, String name, String fallback) {
        Matcher given = Pattern.compile("(?m)(?:--" + name + "(?:\\s+|=)|^\\s*" + name + ":\\s*)(\\S+)")
                .matcher(run.line());
        return given.find() ? given.group(1) : fallback;
    }

    /** What was measured; null where the run measured nothing. */
    Measure measure() {
        return metric == null
                ? null
                : run.measures().stream()
                        .filter(m -> m.name().equals(metric))
                        .findFirst()
                        .orElseGet(() -> LoggedMeasures.named(metric));
    }

    /** Whether both were measured on the same examples, as far as the log says. */
    boolean isMeasuredAs(Measured other) {
        return metric != null
                && metric.equals(other.metric)
                && data.equals(other.data)
                && split.equals(other.split)
                && option(run, "limit", "").equals(option(other.run, "limit", ""))
                && option(run, "weighting", "window").equals(option(other.run, "weighting", "window"));
    }
}
