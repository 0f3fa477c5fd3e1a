package ffmerge.table;

import ffmerge.result.TuneOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tech.tablesaw.api.Table;

/** Tuning step by step, or only where it was validated. */
final class TuneTable {
    /** @param loss the training loss: a step's own, or its mean since the line before */
    private record Line(int step, double loss, double value, String note) {}

    private TuneTable() {}

    /** The validations, with the training loss between them. */
    static Table checks(TuneOutcome result) {
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
        return new Columns<>("validation", lines)
                .count("step", Line::step)
                .numbers("training loss", "0.000", Line::loss)
                .metricIfAny(result.metric(), result.metric().title(), Line::value)
                .text("", Line::note)
                .table();
    }

    /** Every step's loss, counted from 1, and the validation where there was one; step 0 is the model before. */
    static Table steps(TuneOutcome result) {
        Map<Integer, Double> validation = validation(result);
        List<Line> lines = IntStream.rangeClosed(0, result.loss().size())
                .mapToObj(step -> new Line(
                        step,
                        step == 0 ? Double.NaN : result.loss().get(step - 1),
                        validation.getOrDefault(step, Double.NaN),
                        ""))
                .toList();
        return new Columns<>("steps", lines)
                .count("step", Line::step)
                .numbers("loss", "0.000", Line::loss)
                .metricIfAny(result.metric(), result.metric().title(), Line::value)
                .table();
    }

    private static SortedMap<Integer, Double> validation(TuneOutcome result) {
        SortedMap<Integer, Double> byStep = new TreeMap<>(Map.of(0, result.before()));
        result.validation().forEach(check -> byStep.put(check.step(), check.value()));
        return byStep;
    }
}
