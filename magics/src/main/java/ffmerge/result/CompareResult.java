package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import ffmerge.Measure;
import ffmerge.Nearest;
import ffmerge.UserError;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Models side by side on one split.
 *
 * @param axis what their quality is set against
 * @param sharesOf the model whose parameters, bytes and time are the whole that shares are of; "" for the one that has most
 * @param made how models became smaller, by their names; without those of which it isn't known
 * @param feedForwards how many sets of FF weights the models have, by their names; empty where nobody counted
 * @param precision of products; null for float32
 */
@JsonPropertyOrder({"data", "split", "higherIsBetter"})
public record CompareResult(
        String data,
        String split,
        List<Row> rows,
        Axis axis,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String sharesOf,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Made> made,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Integer> feedForwards,
        @JsonInclude(JsonInclude.Include.NON_NULL) String precision)
        implements Result {
    public CompareResult {
        made = Map.copyOf(made);
        feedForwards = Collections.unmodifiableMap(new TreeMap<>(feedForwards));
    }

    /**
     * How a model became smaller.
     *
     * @param title of the method, as charts have it; of several, in their order
     * @param words that say which method it is: of the last step that made it smaller
     * @param steps of tuning
     */
    public record Made(String title, List<String> words, int steps) {}

    /** Measured in float32. */
    public CompareResult(
            String data,
            String split,
            List<Row> rows,
            Axis axis,
            String sharesOf,
            Map<String, Made> made,
            Map<String, Integer> feedForwards) {
        this(data, split, rows, axis, sharesOf, made, feedForwards, null);
    }

    /** Models whose FF sublayers nobody counted. */
    public CompareResult(
            String data, String split, List<Row> rows, Axis axis, String sharesOf, Map<String, Made> made) {
        this(data, split, rows, axis, sharesOf, made, Map.of());
    }

    /** Models of which nobody says how they were made. */
    public CompareResult(String data, String split, List<Row> rows, Axis axis, String sharesOf) {
        this(data, split, rows, axis, sharesOf, Map.of());
    }

    /** What a smaller model has less of. */
    public enum Axis {
        PARAMETERS(Row::uniqueParameters),
        BYTES(Row::bytes),
        LATENCY(Row::latency);

        private final ToDoubleFunction<Row> amount;

        Axis(ToDoubleFunction<Row> amount) {
            this.amount = amount;
        }

        /** Parameters, unless models that have as many of them differ in bytes, as they do in fewer bits. */
        public static Axis of(List<Row> rows) {
            boolean differInBitsAlone = rows.stream()
                    .anyMatch(a -> rows.stream()
                            .anyMatch(b -> a.uniqueParameters() == b.uniqueParameters() && a.bytes() != b.bytes()));
            return differInBitsAlone ? BYTES : PARAMETERS;
        }

        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The model that has most of it. */
        public Row most(List<Row> rows) {
            return rows.stream().max(Comparator.comparingDouble(amount)).orElseThrow();
        }

        /**
         * The share of another model's that this one does without; below 0 where it has more. Of time nothing, where the
         * difference is within noise.
         */
        public double removed(Row row, Row whole) {
            if (this == LATENCY && row.isAsFastAs(whole)) {
                return 0;
            }
            double all = amount.applyAsDouble(whole);
            return all > 0 ? 1 - amount.applyAsDouble(row) / all : 0;
        }
    }

    /** Of models of which none is the original of the others. */
    public CompareResult(String data, String split, List<Row> rows, Axis axis) {
        this(data, split, rows, axis, "");
    }

    /** Set against what the rows themselves differ in. */
    public CompareResult(String data, String split, List<Row> rows) {
        this(data, split, rows, Axis.of(rows));
    }

    /** The row that shares are of where these rows are looked at. */
    public Row whole(Axis along, List<Row> some) {
        return some.stream()
                .filter(row -> row.model().equals(sharesOf))
                .findFirst()
                .orElseGet(() -> along.most(some));
    }

    /** Whether a larger value is the better one, of every metric here. */
    @JsonProperty("higherIsBetter")
    public boolean higherIsBetter() {
        return rows.stream().allMatch(row -> row.metric().higherIsBetter());
    }

    /**
     * What examples take that go through a model together.
     *
     * @param seconds the median of several runs
     * @param interval of 95 % of that median; null where nobody asked
     * @param difference to the reference's; null for the reference, and where models weren't timed in turn
     */
    public record Latency(
            double seconds,
            Interval interval,
            @JsonInclude(JsonInclude.Include.NON_NULL) LatencyDifference difference) {}

    /**
     * How much longer a model takes than another, timed in turn.
     *
     * @param to the other
     * @param seconds more than it takes
     * @param interval of 95 %
     * @param isNoise whether there may be no difference: the interval holds 0
     */
    public record LatencyDifference(String to, double seconds, Interval interval, boolean isNoise) {
        public LatencyDifference(String to, double seconds, Interval interval) {
            this(to, seconds, interval, interval.holds(0));
        }
    }

    /**
     * The models that have fewer parameters than the whole and do as much work a token: merging saves memory and no work.
     */
    public List<String> withoutLessWork() {
        Row whole = whole(Axis.PARAMETERS, rows);
        return rows.stream()
                .filter(row -> row.flopsPerToken() > 0
                        && row.flopsPerToken() == whole.flopsPerToken()
                        && row.uniqueParameters() < whole.uniqueParameters())
                .map(Row::model)
                .toList();
    }

    /**
     * @param uniqueParameters held in memory
     * @param bytes of native memory
     * @param bytesOnDisk of the weights' files that {@code save --format tied} writes; 0 where nobody counted
     * @param flopsPerToken of a forward pass, by formula; 0 where nobody counted
     * @param seconds that measuring took
     * @param latencies what examples take that go through the model together, by how many they are; 1 is among them
     * @param interval of 95 % of the value; null where there is none, as of one example
     * @param difference to the reference, of which it is null, on the same examples; null where there is none
     * @param scoring by which protocol a text was scored; null where none was
     * @param examples of the split that were measured, from its start
     * @param tuningTokens that it learned from since it was loaded; null where it wasn't tuned, or nobody counted
     */
    public record Row(
            String model,
            Measure metric,
            double value,
            long parameters,
            long uniqueParameters,
            long bytes,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) long bytesOnDisk,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) long flopsPerToken,
            double seconds,
            double tokensPerSecond,
            @JsonProperty("latency") Map<Integer, Latency> latencies,
            Interval interval,
            Difference difference,
            @JsonUnwrapped TextProtocol scoring,
            long examples,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long tuningTokens) {
        public Row {
            latencies = Collections.unmodifiableMap(new TreeMap<>(latencies));
        }

        /** Said where intervals are of few examples; else null. */
        @JsonProperty("fewExamples")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        public FewExamples fewExamples() {
            return FewExamples.of(interval == null ? 0 : examples);
        }

        /** Seconds for one example by itself. */
        public double latency() {
            return latencies.get(1).seconds();
        }

        /** Whether neither of two models is faster, as far as can be told: the difference of one to the other is noise. */
        public boolean isAsFastAs(Row other) {
            return isNoise(this, other) || isNoise(other, this);
        }

        private static boolean isNoise(Row row, Row reference) {
            LatencyDifference difference = row.latencies.get(1).difference();
            return difference != null && difference.to().equals(reference.model) && difference.isNoise();
        }

        public Row with(Difference other) {
            return new Row(
                    model,
                    metric,
                    value,
                    parameters,
                    uniqueParameters,
                    bytes,
                    bytesOnDisk,
                    flopsPerToken,
                    seconds,
                    tokensPerSecond,
                    latencies,
                    interval,
                    other,
                    scoring,
                    examples,
                    tuningTokens);
        }
    }

    /**
     * What a model was measured at.
     *
     * @throws UserError if there is no such model here
     */
    public double value(String model) {
        List<String> names = rows.stream().map(Row::model).toList();
        if (!names.contains(model)) {
            throw new UserError("no model '" + model + "' was compared" + Nearest.hint(model, names));
        }
        return rows.get(names.indexOf(model)).value();
    }

    @Override
    public List<Measurement> measurements() {
        return rows.stream()
                .map(row -> new Measurement(
                        row.model(), row.metric(), row.value(), data, split, row.scoring(), row.examples()))
                .toList();
    }
}
