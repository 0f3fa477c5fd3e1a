package ffmerge.view;

import ffmerge.result.EvalResult;
import ffmerge.result.FewExamples;
import ffmerge.result.Labels;
import ffmerge.result.TextProtocol;
import ffmerge.table.Columns;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** A model's quality on a split. */
final class EvalView implements View<EvalResult> {
    @Override
    public Class<EvalResult> type() {
        return EvalResult.class;
    }

    @Override
    public String command(EvalResult result) {
        return "eval";
    }

    @Override
    public String outcome(EvalResult r) {
        return r.metric().title() + " " + Labels.value(r.metric(), r.value());
    }

    @Override
    public String sentence(EvalResult r) {
        return r.model() + ": " + outcome(r) + uncertainty(r) + " on " + r.data() + " " + r.split() + " ("
                + Labels.counted(r.examples(), r.metric().examples()) + ", " + Labels.duration(r.seconds()) + ", "
                + speed(r) + ")."
                + r.details().entrySet().stream()
                        .map(e -> " " + e.getKey() + " " + e.getValue())
                        .collect(Collectors.joining(","))
                + (r.details().isEmpty() ? "" : ".")
                + (r.interval() == null ? "" : FewExamples.sentence(r.examples(), r.metric()))
                + TextProtocol.sentence(r.scoring())
                + Labels.precision(r.precision());
    }

    private static String uncertainty(EvalResult r) {
        String interval = r.interval() == null ? "" : " (95 %: " + Labels.interval(r.metric(), r.interval()) + ")";
        return r.difference() == null
                ? interval
                : interval + ", " + Labels.difference(r.metric(), r.difference(), r.examples());
    }

    /** A rate in what people count: a picture's patches are nobody's concern. */
    private static String speed(EvalResult r) {
        return r.metric().isTimedByExample()
                ? Labels.count(Math.round(r.examples() / r.seconds())) + " "
                        + r.metric().examples() + "/s"
                : Labels.count(Math.round(r.tokensPerSecond())) + " tokens/s";
    }

    /** Where samples were asked for they are shown, as the rest stands in the sentence. */
    @Override
    public Optional<Table> table(EvalResult result) {
        return isList(result) ? Optional.of(samples(result)) : rows(result);
    }

    @Override
    public boolean isList(EvalResult result) {
        return !result.samples().isEmpty();
    }

    @Override
    public Optional<Table> rows(EvalResult result) {
        Columns<EvalResult> columns = new Columns<>("evaluation", List.of(result))
                .text("model", EvalResult::model)
                .metric(result.metric(), result.metric().title(), EvalResult::value)
                .text("95 % interval", r -> Labels.interval(r.metric(), r.interval()));
        result.details().forEach((name, value) -> columns.text(name, r -> value));
        return Optional.of(columns.text("data", EvalResult::data)
                .text("split", EvalResult::split)
                .count(result.metric().examples(), EvalResult::examples)
                .numbers("seconds", "#,##0.0", EvalResult::seconds)
                .numbers("tokens/s", "#,##0", EvalResult::tokensPerSecond)
                .table());
    }

    private static Table samples(EvalResult result) {
        return new Columns<>("samples", result.samples())
                .text(result.metric().input(), EvalResult.Sample::source)
                .text("reference", EvalResult.Sample::reference)
                .text(result.model(), EvalResult.Sample::translation)
                .table();
    }
}
