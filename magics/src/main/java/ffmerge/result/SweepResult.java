package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import ffmerge.Measure;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Every window of a length or of several, scored before any tuning.
 *
 * @param lengths layers of a window; in JSON a number where it is but one
 * @param baseline the unchanged model's value
 * @param rows one a window and method, in the order of windows
 * @param best the best row of the first method that saves anything; null where none does
 * @param protocol by which windows were searched and sublayers matched
 * @param methods what was done to windows, in the order in which they were named
 * @param leftOut windows that could not be changed
 * @param scoring by which protocol a text was scored; null where none was
 * @param examples of the split that were scored, from its start, or in a race drawn from all
 * @param race null where all windows were scored on everything
 * @param precision of products; null for float32
 */
@JsonPropertyOrder({"model", "length", "metric", "higherIsBetter"})
public record SweepResult(
        String model,

        @JsonProperty("length") @JsonFormat(with = JsonFormat.Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED)
        List<Integer> lengths,

        Measure metric,
        double baseline,
        String data,
        String split,
        List<Row> rows,
        Row best,
        String protocol,
        List<Method> methods,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<LeftOut> leftOut,
        @JsonUnwrapped TextProtocol scoring,
        long examples,
        @JsonInclude(JsonInclude.Include.NON_NULL) Raced race,
        @JsonInclude(JsonInclude.Include.NON_NULL) String precision)
        implements Result {
    /**
     * That windows were not all scored on everything.
     *
     * @param saved the share of scoring that was spared
     * @param standing the windows that nothing said against being the best of their method and length
     * @param unchanged the unchanged model's values, by on how many examples: windows that were scored on as many were scored on
     *     the same
     */
    public record Raced(double saved, List<Window> standing, SortedMap<Integer, Double> unchanged) {
        private boolean holds(Row row) {
            return standing.contains(new Window(row.method(), row.layers()));
        }

        private double baseline(Row row) {
            return unchanged.get(row.examples());
        }

        private double change(Row row) {
            return row.value() - baseline(row);
        }
    }

    /** What was done to which layers. */
    public record Window(String method, Map<String, List<Integer>> layers) {}

    /** Where windows raced. The unchanged model was scored on so many examples. */
    public SweepResult raced(long seen, Raced race) {
        return new SweepResult(
                model,
                lengths,
                metric,
                baseline,
                data,
                split,
                rows,
                best(
                                metric,
                                methods.get(0).name(),
                                rows.stream().filter(race::holds).toList(),
                                race::change)
                        .orElse(best),
                protocol,
                methods,
                leftOut,
                scoring,
                seen,
                race,
                precision);
    }

    /**
     * Whether nothing was found that speaks against a row's being the best of its method and length: in a race others were scored
     * on fewer examples, where they may have had luck.
     */
    public boolean isStanding(Row row) {
        return race == null || race.holds(row);
    }

    /** The unchanged model's value on the examples that a row was scored on. */
    public double baseline(Row row) {
        return race == null ? baseline : race.baseline(row);
    }

    /** A row's value less the unchanged model's on the same examples. */
    public double change(Row row) {
        return row.value() - baseline(row);
    }

    /** Layers of a window; of the shortest where there are several lengths. */
    public int length() {
        return lengths.stream().min(Integer::compare).orElseThrow();
    }

    /** Said where intervals are of few examples; else null. */
    @JsonProperty("fewExamples")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public FewExamples fewExamples() {
        return FewExamples.of(examples);
    }

    /** The best row of each length by the first method, where there are several and any saves something. */
    @JsonProperty("bestOfLength")
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public Map<Integer, Row> bestOfLength() {
        Map<Integer, Row> best = new LinkedHashMap<>();
        if (lengths.size() > 1) {
            lengths.forEach(length -> best(
                            metric,
                            methods.get(0).name(),
                            rows.stream()
                                    .filter(row -> row.length() == length && isStanding(row))
                                    .toList())
                    .ifPresent(row -> best.put(length, row)));
        }
        return best;
    }

    /** The best of some rows by a method; empty where none of them saves anything. */
    public static Optional<Row> best(Measure metric, String method, List<Row> rows) {
        return best(metric, method, rows, Row::value);
    }

    private static Optional<Row> best(Measure metric, String method, List<Row> rows, ToDoubleFunction<Row> value) {
        Comparator<Row> byValue = Comparator.comparingDouble(value);
        Comparator<Row> better = metric.higherIsBetter() ? byValue.reversed() : byValue;
        Comparator<Row> finiteFirst = Comparator.comparing(row -> Double.isNaN(row.value()));
        return rows.stream()
                .filter(row -> row.method().equals(method) && !row.savesNothing())
                .min(finiteFirst.thenComparing(better));
    }

    /** Whether a larger value is the better one. */
    @JsonProperty("higherIsBetter")
    public boolean higherIsBetter() {
        return metric.higherIsBetter();
    }

    /**
     * What was done to windows.
     *
     * @param title as tables and charts have it
     * @param place in the list of ways, by which charts tell methods apart
     * @param options what else was chosen about it
     */
    public record Method(String name, String title, int place, String way, Map<String, Object> options) {
        Step step(Map<String, List<Integer>> layers) {
            return Step.smaller(
                            way,
                            name,
                            layers.entrySet().stream()
                                    .map(e -> new Step.Group(e.getKey(), e.getValue()))
                                    .toList())
                    .with(options);
        }
    }

    /** A window that a method can't change, and why. */
    public record LeftOut(String method, Map<String, List<Integer>> layers, String reason) {}

    /** A method's values by window, as {@code 4-9}, in the order of windows; empty where there is no such method. */
    public Map<String, Double> values(String method) {
        Map<String, Double> values = new LinkedHashMap<>();
        rows.stream()
                .filter(row -> row.method().equals(method))
                .forEach(row -> values.put(Labels.layers(row.layers()), row.value()));
        return values;
    }

    /** What was done to the windows of a row's method. */
    public Method method(String name) {
        return methods.stream()
                .filter(m -> m.name().equals(name))
                .findFirst()
                .orElseGet(() -> new Method(name, name, methods.size(), name, Map.of()));
    }

    /** The unchanged model, and the best window, on the same examples. */
    @Override
    public List<Measurement> measurements() {
        // the best of a race may have been found on a part of what others were scored on
        boolean isOfFew = race != null && best != null;
        long same = isOfFew ? best.examples() : examples;
        Measurement whole =
                new Measurement(model, metric, isOfFew ? baseline(best) : baseline, data, split, scoring, same);
        Stream<Measurement> window = methods.stream()
                .filter(m -> best != null && m.name().equals(best.method()))
                .map(m -> new Measurement(
                        model,
                        m.step(best.layers()).removing(best.removed()),
                        best.parametersRemoved(),
                        best.feedForwardsRemoved(),
                        metric,
                        best.value(),
                        data,
                        split,
                        scoring,
                        same));
        return Stream.concat(Stream.of(whole), window).toList();
    }

    /**
     * A window.
     *
     * @param method one of the sweep's {@link #methods}
     * @param matchedCorrelation by stack and layer; empty unless permuted
     * @param seconds that scoring it took
     * @param examples it was scored on
     * @param interval of 95 % of the value; null where there is none, as of one example
     * @param difference to the unchanged model, on the same examples; null where there is none
     * @param feedForwardsRemoved sets of weights of FF sublayers, those of layers that went among them
     * @param layersRemoved that went whole
     */
    @JsonPropertyOrder({"model", "length", "metric", "higherIsBetter"})
    public record Row(
            String method,
            Map<String, List<Integer>> layers,
            double value,
            Map<String, Map<String, Double>> matchedCorrelation,
            long parametersRemoved,
            double seconds,
            int feedForwardsRemoved,
            long bytesRemoved,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) int layersRemoved,
            int examples,
            Interval interval,
            Difference difference) {
        public Row with(Difference other) {
            return new Row(
                    method,
                    layers,
                    value,
                    matchedCorrelation,
                    parametersRemoved,
                    seconds,
                    feedForwardsRemoved,
                    bytesRemoved,
                    layersRemoved,
                    examples,
                    interval,
                    other);
        }

        /** Layers of the window, in its first stack. */
        public int length() {
            return layers.values().iterator().next().size();
        }

        /** The first layer of the window, in its first stack. */
        public int start() {
            return layers.values().iterator().next().get(0);
        }

        Removed removed() {
            return new Removed(parametersRemoved, bytesRemoved, layersRemoved, feedForwardsRemoved);
        }

        /** Whether the model is no smaller for it, as where the window's layers share one sublayer already. */
        @JsonProperty("savesNothing")
        @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        public boolean savesNothing() {
            return removed().savesNothing();
        }
    }
}
