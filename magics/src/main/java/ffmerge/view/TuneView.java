package ffmerge.view;

import ffmerge.plot.Plot;
import ffmerge.result.Labels;
import ffmerge.result.TextProtocol;
import ffmerge.result.TuneResult;
import ffmerge.table.Columns;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tech.tablesaw.api.Table;

/** Tuning step by step, or only where it was validated. */
final class TuneView implements View<TuneResult> {
    /** @param loss the training loss: a step's own, or its mean since the line before */
    private record Line(int step, double loss, double value, String note) {}

    @Override
    public Class<TuneResult> type() {
        return TuneResult.class;
    }

    @Override
    public String command(TuneResult result) {
        return "tune";
    }

    @Override
    public String outcome(TuneResult r) {
        return r.metric().title() + " " + Labels.value(r.metric(), r.before()) + " → "
                + Labels.value(r.metric(), r.after());
    }

    @Override
    public boolean isList(TuneResult result) {
        return true;
    }

    @Override
    public String sentence(TuneResult r) {
        int done = r.loss().size();
        if (done < r.steps()) {
            TuneResult.Checked last = r.validation().isEmpty()
                    ? new TuneResult.Checked(0, r.before())
                    : r.validation().get(r.validation().size() - 1);
            return r.result() + ": " + r.model() + " after " + Labels.count(done) + " of "
                    + Labels.counted(r.steps(), "steps") + "; validation "
                    + r.metric().title() + " " + Labels.value(r.metric(), last.value())
                    + " at step " + Labels.count(last.step()) + ", on " + sample(r) + ".";
        }
        return r.result() + ": " + r.model() + " tuned for " + Labels.counted(r.steps(), "steps") + kept(r) + taught(r)
                + (r.adapterParameters() > 0
                        ? ", " + Labels.count(r.adapterParameters()) + " parameters in adapters"
                        : "")
                + "; validation " + outcome(r) + " on " + sample(r) + " (" + Labels.duration(r.seconds()) + ", "
                + String.format(Locale.ROOT, "%.1f", r.stepsPerSecond()) + " steps/s"
                + (r.tuningTokens() > 0 ? ", " + Labels.counted(r.tuningTokens(), "tokens") : "") + ")."
                + TextProtocol.sentence(r.scoring());
    }

    static String sample(TuneResult r) {
        return Labels.counted(r.examples(), r.metric().examples()) + " of "
                + (r.questions() == null ? r.data() : r.questions());
    }

    private static String taught(TuneResult r) {
        TuneResult.Distilled by = r.distilled();
        return by == null
                ? ""
                : ", taught by " + by.teacher() + " (temperature " + Labels.number(by.temperature()) + ", "
                        + Labels.percent(by.distill()) + " of the loss)";
    }

    private static String kept(TuneResult r) {
        if (r.bestStep() == r.steps()) {
            return "";
        }
        return r.bestStep() == 0
                ? " without gain: the weights are those from before"
                : " of which the first " + Labels.count(r.bestStep()) + " are kept";
    }

    /** The validations, with the training loss between them. */
    @Override
    public Optional<Table> table(TuneResult result) {
        boolean finished = result.loss().size() == result.steps();
        List<Line> lines = new ArrayList<>();
        int from = 0;
        for (Map.Entry<Integer, Double> check : validation(result).entrySet()) {
            int step = check.getKey();
            int to = Math.min(step, result.loss().size());
            double loss = result.loss().subList(from, to).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElse(Double.NaN);
            String note = finished && step == result.bestStep() ? "kept" : step == 0 ? "before" : "";
            lines.add(new Line(step, loss, check.getValue(), note));
            from = to;
        }
        return Optional.of(new Columns<>("validation", lines)
                .count("step", Line::step)
                .numbers("training loss", "0.000", Line::loss)
                .metricIfAny(result.metric(), result.metric().title(), Line::value)
                .text("", Line::note)
                .table());
    }

    /** Every step's loss, counted from 1, and the validation where there was one; step 0 is the model before. */
    @Override
    public Optional<Table> rows(TuneResult result) {
        Map<Integer, Double> validation = validation(result);
        List<Line> lines = IntStream.rangeClosed(0, result.loss().size())
                .mapToObj(step -> new Line(
                        step,
                        step == 0 ? Double.NaN : result.loss().get(step - 1),
                        validation.getOrDefault(step, Double.NaN),
                        ""))
                .toList();
        return Optional.of(new Columns<>("steps", lines)
                .count("step", Line::step)
                .numbers("loss", "0.000", Line::loss)
                .metricIfAny(result.metric(), result.metric().title(), Line::value)
                .table());
    }

    private static SortedMap<Integer, Double> validation(TuneResult result) {
        SortedMap<Integer, Double> byStep = new TreeMap<>(Map.of(0, result.before()));
        result.validation().forEach(check -> byStep.put(check.step(), check.value()));
        return byStep;
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    @Override
    public List<Plot> charts(TuneResult result) {
        return TuneChart.of(result);
    }
}
