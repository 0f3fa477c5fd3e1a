package ffmerge.view;

import ffmerge.result.FewExamples;
import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.result.SweepResult.Row;
import ffmerge.result.TextProtocol;
import ffmerge.table.Columns;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/** Windows side by side; as a table a row a window, or a row a window and method. */
final class SweepView implements View<SweepResult> {
    private record Line(Map<String, List<Integer>> layers, Map<String, Row> byMethod) {
        double value(String method) {
            return byMethod.containsKey(method) ? byMethod.get(method).value() : Double.NaN;
        }

        /** The window, and by which methods nothing is saved in it. */
        String window(SweepResult result) {
            List<String> useless = byMethod.values().stream()
                    .filter(Row::savesNothing)
                    .map(row -> result.method(row.method()).title())
                    .toList();
            if (useless.isEmpty()) {
                return Labels.layers(layers);
            }
            String which = useless.size() == byMethod.size() ? "" : String.join(", ", useless) + " ";
            return Labels.layers(layers) + " (" + which + (useless.size() == 1 || which.isEmpty() ? "saves" : "save")
                    + " nothing)";
        }
    }

    @Override
    public Class<SweepResult> type() {
        return SweepResult.class;
    }

    @Override
    public String command(SweepResult result) {
        return "sweep";
    }

    @Override
    public String outcome(SweepResult r) {
        return r.best() == null
                ? "no window saves anything"
                : r.metric().title() + " " + Labels.value(r.metric(), r.best().value()) + " at best";
    }

    @Override
    public boolean isList(SweepResult result) {
        return true;
    }

    @Override
    public String sentence(SweepResult r) {
        long windows = r.rows().stream().map(Row::layers).distinct().count();
        String metric = r.metric().title();
        String all = r.model() + ": " + windows + (windows == 1 ? " window" : " windows") + " of "
                + Labels.lengths(r.lengths())
                + " on " + r.data() + " "
                + Labels.sample(r.split(), r.examples(), r.metric())
                + Labels.protocol(r.protocol()) + ", unchanged "
                + metric + " " + Labels.value(r.metric(), r.baseline());
        if (r.best() == null) {
            return all
                    + savesNothing(r)
                    + leftOut(r)
                    + few(r)
                    + TextProtocol.sentence(r.scoring())
                    + Labels.precision(r.precision());
        }
        return all
                + best(r)
                + race(r)
                + leftOut(r)
                + few(r)
                + TextProtocol.sentence(r.scoring())
                + Labels.precision(r.precision());
    }

    private static String few(SweepResult r) {
        return r.rows().isEmpty() ? "" : FewExamples.sentence(r.examples(), r.metric());
    }

    /** The best window, or that of each length. */
    private static String best(SweepResult r) {
        if (r.bestOfLength().isEmpty()) {
            return "; the best is " + Labels.layers(r.best().layers()) + " ("
                    + r.method(r.best().method()).title() + "), " + r.metric().title() + " " + gain(r, r.best()) + ".";
        }
        return "; the best of each length ("
                + r.method(r.best().method()).title() + "): "
                + r.bestOfLength().values().stream()
                        .map(row -> Labels.layers(row.layers()) + ", " + gain(r, row))
                        .collect(Collectors.joining("; "))
                + ".";
    }

    /** What a race has spared, and what it couldn't decide. */
    private static String race(SweepResult r) {
        if (r.race() == null) {
            return "";
        }
        String spared = String.format(
                " A race, which spared %.0f %% of the scoring: changes are to the unchanged model on the same %s, values of"
                        + " different numbers of them don't compare.",
                100 * r.race().saved(), r.metric().examples());
        List<String> undecided = r.lengths().stream()
                .map(length -> rivals(r, length))
                .filter(rivals -> !rivals.isEmpty())
                .toList();
        return undecided.isEmpty()
                ? spared
                : spared + " Left are " + String.join(" and ", undecided)
                        + ", the best among them: they differ by less than the interval of all there is, or that could not tell"
                        + " them apart.";
    }

    /** How many windows of a length by the first method are as good as the best, where there are several. */
    private static String rivals(SweepResult r, int length) {
        long rivals = r.rows().stream()
                .filter(row ->
                        row.length() == length && row.method().equals(r.best().method()) && r.isStanding(row))
                .count();
        return rivals < 2 ? "" : rivals + " windows of " + Labels.lengths(List.of(length));
    }

    private static String gain(SweepResult r, Row row) {
        String same = row.examples() == r.examples() || r.race() == null
                ? ""
                : " (unchanged " + Labels.value(r.metric(), r.baseline(row)) + " on the same "
                        + Labels.counted(row.examples(), r.metric().examples()) + ")";
        return Labels.value(r.metric(), row.value()) + same + ", " + Labels.count(row.parametersRemoved())
                + " parameters fewer";
    }

    /** That nothing can be called the best, as the first method takes nothing away. */
    private static String savesNothing(SweepResult r) {
        if (r.rows().isEmpty()) {
            return ".";
        }
        boolean noneAtAll = r.rows().stream().allMatch(Row::savesNothing);
        return "; no window"
                + (noneAtAll
                        ? ""
                        : " of the first method, " + r.methods().get(0).title() + ",")
                + " saves anything: a best one is not to be had.";
    }

    /** What could not be changed, with the first reason. */
    private static String leftOut(SweepResult r) {
        if (r.leftOut().isEmpty()) {
            return "";
        }
        SweepResult.LeftOut first = r.leftOut().get(0);
        int count = r.leftOut().size();
        return " " + count + (count == 1 ? " is" : " are") + " left out, such as " + Labels.layers(first.layers())
                + " (" + r.method(first.method()).title() + "): " + first.reason() + ".";
    }

    /** A hundred times another model's need not mean anything: the sum has as many terms as there are units. */
    @Override
    public String moreHtml(SweepResult result) {
        return result.rows().stream().anyMatch(row -> !row.matchedCorrelation().isEmpty())
                ? Html.paragraph(Labels.matchedIsASum(features(result)))
                : "";
    }

    /** The methods side by side; of a race, whose values are of different examples, a row each. */
    @Override
    public Optional<Table> table(SweepResult result) {
        if (result.race() != null) {
            return Optional.of(raceTable(result));
        }
        Map<Map<String, List<Integer>>, Line> lines = new LinkedHashMap<>();
        for (Row row : result.rows()) {
            lines.computeIfAbsent(row.layers(), layers -> new Line(layers, new LinkedHashMap<>()))
                    .byMethod()
                    .put(row.method(), row);
        }
        Columns<Line> columns = new Columns<>(result.metric().title(), List.copyOf(lines.values()))
                .text("window", line -> line.window(result));
        for (String method : result.rows().stream().map(Row::method).distinct().toList()) {
            columns.metricIfAny(result.metric(), result.method(method).title(), line -> line.value(method));
        }
        return Optional.of(columns.table());
    }

    private static Table raceTable(SweepResult result) {
        Columns<Row> columns = new Columns<>(result.metric().title(), result.rows())
                .text("window", row -> new Line(row.layers(), Map.of(row.method(), row)).window(result));
        if (result.methods().size() > 1) {
            columns.text("method", row -> result.method(row.method()).title());
        }
        return columns.count("scored " + result.metric().examples(), Row::examples)
                .metric(result.metric(), result.metric().title(), Row::value)
                .text("95 % interval", row -> Labels.interval(result.metric(), row.interval()))
                .text("change", row -> Labels.signed(result.metric(), result.change(row)))
                .text("can be the best", row -> result.isStanding(row) ? "yes" : "")
                .table();
    }

    /** Everything that is known of a window. */
    @Override
    public Optional<Table> rows(SweepResult result) {
        Columns<Row> columns = new Columns<>("sweep", result.rows())
                .text("method", Row::method)
                .text("window", row -> Labels.layers(row.layers()))
                .count("first layer", Row::start)
                .metric(result.metric(), result.metric().title(), Row::value)
                .text("95 % interval", row -> Labels.interval(result.metric(), row.interval()))
                .metric(result.metric(), "change", result::change);
        if (result.race() != null) {
            columns.count("scored " + result.metric().examples(), Row::examples);
        }
        addReference(columns, result);
        DifferenceColumns.add(columns, row -> result.metric(), Row::difference, Row::examples);
        return Optional.of(columns.numbers(
                        Labels.matched(features(result)) + ", mean of a layer", "#,##0.00", SweepView::meanMatched)
                .count("parameters removed", Row::parametersRemoved)
                .numbers("seconds", "#,##0.00", Row::seconds)
                .table());
    }

    /** Differences to another model than the unchanged one, whose are the changes. */
    private static void addReference(Columns<Row> columns, SweepResult result) {
        result.rows().stream()
                .map(Row::difference)
                .filter(difference -> difference != null && !difference.to().equals(result.model()))
                .findFirst()
                .ifPresent(other -> DifferenceColumns.text(
                        columns,
                        "difference to " + other.to(),
                        Row::difference,
                        (row, difference) -> Labels.signed(result.metric(), difference)));
    }

    /** Of all methods alike. */
    private static Object features(SweepResult result) {
        return result.methods().stream()
                .map(method -> method.options().get("features"))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static double meanMatched(Row row) {
        return row.matchedCorrelation().values().stream()
                .flatMap(layers -> layers.values().stream())
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(Double.NaN);
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    @Override
    public List<? extends Chart<?, ?>> charts(SweepResult result) {
        if (result.rows().isEmpty()) {
            return List.of();
        }
        return result.lengths().size() > 1 ? WindowMaps.of(result) : List.of(SweepChart.of(result));
    }
}
