package ffmerge.view;

import ffmerge.plot.Look;
import ffmerge.plot.Mark;
import ffmerge.plot.Plot;
import ffmerge.plot.ValueAxis;
import ffmerge.result.ChooseResult;
import ffmerge.result.ChooseResult.Agreement;
import ffmerge.result.ChooseResult.Row;
import ffmerge.result.FewExamples;
import ffmerge.result.Interval;
import ffmerge.result.Labels;
import ffmerge.result.TextProtocol;
import ffmerge.result.WindowScore;
import ffmerge.table.Columns;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.knowm.xchart.XYSeries;
import tech.tablesaw.api.Table;

/** Candidates with all their scores; as charts, what is measured against each cheap score. */
final class ChooseView implements View<ChooseResult> {
    private static final int WIDTH = 380;
    private static final int HEIGHT = 380;

    @Override
    public Class<ChooseResult> type() {
        return ChooseResult.class;
    }

    @Override
    public String command(ChooseResult result) {
        return "choose";
    }

    @Override
    public String outcome(ChooseResult r) {
        return r.best() == null ? "nothing saves anything" : layers(r.best()) + " by " + r.by().label();
    }

    @Override
    public boolean isList(ChooseResult result) {
        return true;
    }

    @Override
    public String sentence(ChooseResult r) {
        boolean windows = r.rows().stream().allMatch(row -> row.groups().isEmpty());
        String all = r.model() + ": "
                + Labels.counted(
                        r.rows().size(), windows ? "windows of " + Labels.lengths(List.of(r.length())) : "choices")
                + " (" + r.method().title() + ") by " + r.by().label() + " over " + Labels.count(r.tokens())
                + " tokens of " + r.data() + Labels.protocol(r.protocol());
        return all
                + best(r)
                + predictions(r, "", r.agreement())
                + predictions(r, " after " + Labels.counted(r.steps(), "steps") + " of tuning", r.agreementTuned())
                + repeats(r)
                + (Double.isNaN(r.baseline()) ? "" : FewExamples.sentence(r.examples(), r.metric()))
                + TextProtocol.sentence(r.scoring());
    }

    private static String best(ChooseResult r) {
        if (r.best() == null) {
            return "; none of them saves anything.";
        }
        String measured = Double.isNaN(r.best().value())
                ? ""
                : ", " + r.metric().title() + " "
                        + Labels.value(r.metric(), r.best().value()) + " on "
                        + Labels.sample(r.split(), r.examples(), r.metric()) + ", unchanged "
                        + Labels.value(r.metric(), r.baseline());
        return "; the best is " + layers(r.best()) + measured + ", "
                + Labels.count(r.best().parametersRemoved()) + " parameters fewer.";
    }

    private static String predictions(ChooseResult r, String when, Map<WindowScore, Agreement> agreement) {
        if (agreement.isEmpty()) {
            return "";
        }
        int candidates = agreement.values().stream()
                .mapToInt(Agreement::candidates)
                .max()
                .orElse(0);
        String few = FewExamples.of(candidates) == null
                ? ""
                : ", over " + Labels.counted(candidates, "candidates") + " only: rough intervals";
        return " How far scores rank them as " + r.metric().title() + when + " does (Spearman, 1 for the same order"
                + few
                + "): "
                + agreement.entrySet().stream()
                        .map(e -> e.getKey().label() + " " + predicted(r, e.getKey(), e.getValue()))
                        .collect(Collectors.joining(", "))
                + ".";
    }

    /** With its interval, the sign turned alike. */
    private static String predicted(ChooseResult r, WindowScore score, Agreement agreement) {
        double predicts = r.predicts(score, agreement);
        Interval interval = agreement.interval();
        if (interval == null) {
            return two(predicts);
        }
        boolean turned = predicts != agreement.spearman();
        double low = turned ? -interval.high() : interval.low();
        double high = turned ? -interval.low() : interval.high();
        return two(predicts) + " (" + two(low) + " to " + two(high) + ")";
    }

    private static String two(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String repeats(ChooseResult r) {
        if (r.repeats().isEmpty()) {
            return "";
        }
        long same = r.repeats().stream().filter(ChooseResult.Repeat::same).count();
        return " By other texts, seeds and numbers of tokens the same is chosen " + same + " of "
                + Labels.counted(r.repeats().size(), "times") + ".";
    }

    private static String layers(Row row) {
        return row.groupsOfLayers().stream().map(Labels::layers).collect(Collectors.joining(" and "));
    }

    @Override
    public Optional<Table> table(ChooseResult result) {
        Columns<Row> columns = new Columns<>("choices", result.rows()).text("layers", ChooseView::layers);
        if (result.rows().stream().anyMatch(row -> !row.proposedBy().isEmpty())) {
            columns.text(
                    "proposed by",
                    row -> row.proposedBy().stream().map(WindowScore::label).collect(Collectors.joining(", ")));
        }
        for (WindowScore score : WindowScore.values()) {
            if (result.rows().stream().anyMatch(row -> row.scores().containsKey(score))) {
                columns.numbers(score.label(), "0.0000", row -> row.score(score));
            }
        }
        if (result.rows().stream().anyMatch(row -> !Double.isNaN(row.value()))) {
            columns.metric(result.metric(), result.metric().title(), Row::value);
            columns.text("95 % interval", row -> Labels.interval(result.metric(), row.interval()));
        }
        if (result.steps() > 0) {
            columns.metricIfAny(
                    result.metric(),
                    "after " + Labels.counted(result.steps(), "steps"),
                    row -> row.tuned() == null ? Double.NaN : row.tuned());
        }
        return Optional.of(
                columns.count("parameters removed", Row::parametersRemoved).table());
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    /** One a cheap score that ranks at all. */
    @Override
    public List<Plot> charts(ChooseResult result) {
        return result.agreement().entrySet().stream()
                .map(e -> scatter(result, e.getKey(), e.getValue()))
                .toList();
    }

    private static Plot scatter(ChooseResult result, WindowScore score, Agreement agreement) {
        ValueAxis axis = new ValueAxis(result.metric());
        List<Row> drawn = result.rows().stream()
                .filter(row -> Double.isFinite(row.score(score)) && Double.isFinite(row.value()))
                .toList();
        double[] x = drawn.stream().mapToDouble(row -> row.score(score)).toArray();
        double[] y = axis.place(drawn.stream().mapToDouble(Row::value).toArray());
        Plot chart = new Plot(WIDTH, HEIGHT);
        chart.setTitle(score.label() + ", Spearman " + two(result.predicts(score, agreement)) + " (1: the same order)");
        chart.setXAxisTitle(score.label() + (score.higherIsBetter() ? " (higher is chosen)" : " (lower is chosen)"));
        chart.setYAxisTitle(axis.title());
        XYSeries candidates = Look.points(chart, "candidates", x, y, Look.BLUE, Mark.CIRCLE);
        chart.hover(
                candidates,
                drawn.stream()
                        .map(row -> layers(row) + ": " + score.label() + " "
                                + String.format(Locale.ROOT, "%.4f", row.score(score)) + ", "
                                + result.metric().title() + " " + Labels.value(result.metric(), row.value()))
                        .toList());
        if (result.best() != null && drawn.contains(result.best())) {
            Look.ring(
                    chart,
                    "chosen: " + layers(result.best()),
                    result.best().score(score),
                    axis.place(result.best().value()));
        }
        axis.scale(chart, y);
        return chart;
    }
}
