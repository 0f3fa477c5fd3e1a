package ffmerge.view;

import ffmerge.result.Labels;
import ffmerge.result.ShrinkResult;
import ffmerge.result.ShrinkResult.Change;
import ffmerge.result.Step;
import ffmerge.table.Columns;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** What became of a model that was made smaller, and of each of its layers. */
final class ShrinkView implements View<ShrinkResult> {
    @Override
    public Class<ShrinkResult> type() {
        return ShrinkResult.class;
    }

    @Override
    public String command(ShrinkResult result) {
        return result.way();
    }

    /** In parameters, unless there are as many in fewer bytes. */
    @Override
    public String outcome(ShrinkResult result) {
        return hasFewerBits(result)
                ? Labels.bytes(result.bytesAfter())
                : Labels.count(result.parametersAfter()) + " parameters";
    }

    @Override
    public String sentence(ShrinkResult r) {
        return r.result() + ": " + r.summary() + Labels.protocol(r.protocol()) + "; " + size(r) + matched(r)
                + sharing(r);
    }

    /** What shares a sublayer since before. */
    private static String sharing(ShrinkResult r) {
        List<Step.Group> now = r.groups().stream()
                .map(group -> new Step.Group(group.stack(), group.layers()))
                .toList();
        boolean ofAttention = "attention".equals(r.options().get("site"));
        return sharing("FF", r.sharing(), ofAttention ? List.of() : now)
                + sharing("attention", r.attentionSharing(), ofAttention ? now : List.of());
    }

    /** @param now what was merged just now, which the summary tells of */
    private static String sharing(String branch, List<Step.Group> sharing, List<Step.Group> now) {
        return now.containsAll(sharing)
                ? ""
                : " One " + branch + " sublayer each is shared by "
                        + sharing.stream().map(Step.Group::toString).collect(Collectors.joining(" and by ")) + ".";
    }

    private static String size(ShrinkResult r) {
        return hasFewerBits(r)
                ? Labels.bytes(r.bytesBefore()) + " → " + Labels.bytes(r.bytesAfter()) + ", "
                        + Labels.percent(1 - (double) r.bytesAfter() / r.bytesBefore()) + " of the bytes removed."
                : Labels.count(r.parametersBefore()) + " → " + Labels.count(r.parametersAfter()) + " parameters, "
                        + Labels.percent(1 - (double) r.parametersAfter() / r.parametersBefore()) + " removed.";
    }

    private static boolean hasFewerBits(ShrinkResult r) {
        return r.parametersAfter() == r.parametersBefore() && r.bytesAfter() < r.bytesBefore();
    }

    private static String matched(ShrinkResult r) {
        if (r.matchedCorrelation().isEmpty()) {
            return "";
        }
        boolean several = r.matchedCorrelation().size() > 1;
        String matched = Labels.matched(features(r));
        return " " + Character.toUpperCase(matched.charAt(0)) + matched.substring(1) + evidence(r) + ": "
                + r.matchedCorrelation().entrySet().stream()
                        .map(stack -> (several ? stack.getKey() + " " : "") + ofLayers(stack.getValue()))
                        .collect(Collectors.joining("; "))
                + ".";
    }

    private static Object features(ShrinkResult r) {
        return r.options().get("features");
    }

    /** By what the units were matched, if not by weights alone; a split may have fewer tokens than are usual. */
    private static String evidence(ShrinkResult r) {
        if (Labels.isOfWeights(features(r))) {
            return "";
        }
        return r.options().get("tokens") instanceof Number tokens
                ? " over at most " + Labels.count(tokens.longValue()) + " tokens of "
                        + r.options().get("data") + " validation"
                : "";
    }

    private static String ofLayers(Map<String, Double> layers) {
        return layers.entrySet().stream()
                .map(e -> String.format(Locale.ROOT, "layer %s %.1f", e.getKey(), e.getValue()))
                .collect(Collectors.joining(", "));
    }

    /** A hundred times another model's need not mean anything: the sum has as many terms as there are units. */
    @Override
    public String moreHtml(ShrinkResult result) {
        return !result.matchedCorrelation().isEmpty() ? Html.paragraph(Labels.matchedIsASum(features(result))) : "";
    }

    @Override
    public Optional<Table> table(ShrinkResult result) {
        Columns<Change> columns = new Columns<>("layers of " + result.result(), result.changes())
                .text("stack", Change::stack)
                .count("layer", Change::layer)
                .text("became", Change::became);
        if (!result.matchedCorrelation().isEmpty()) {
            columns.numbers(Labels.matched(features(result)), "#,##0.00", change -> matched(result, change));
        }
        return Optional.of(columns.table());
    }

    private static double matched(ShrinkResult result, Change change) {
        return result.matchedCorrelation()
                .getOrDefault(change.stack(), Map.of())
                .getOrDefault(String.valueOf(change.layer()), Double.NaN);
    }
}
