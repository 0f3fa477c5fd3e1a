package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import ffmerge.Measure;
import ffmerge.Nearest;
import ffmerge.UserError;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ways to shrink a model, each at several sizes and with several seeds, on one split.
 *
 * @param model that was shrunk
 * @param of what sizes are shares of
 * @param steps of tuning that each model got; 0 for none
 * @param reference to which differences are taken: the unchanged model, where models are tuned the one that was tuned as
 *     they were, by the same seed
 * @param scoring by which protocol a text was scored; null where none was
 * @param examples of the split that were measured, from its start
 * @param cells one a way, size and seed
 * @param controls the unchanged model, and the unchanged model tuned as the others were
 * @param rows one a way and size: its seeds' mean
 * @param fronts by what a model should have less of: the rows and controls that no other beats in both that and quality
 * @param against how it stands to an earlier one; null where nobody asked
 * @param reused how many of the cells and controls were in the log already
 */
@JsonPropertyOrder({"model", "data", "split", "metric", "higherIsBetter"})
public record GridResult(
        String model,
        String data,
        String split,
        Measure metric,
        String of,
        int steps,
        String reference,
        @JsonUnwrapped TextProtocol scoring,
        long examples,
        List<Cell> cells,
        List<Cell> controls,
        List<Row> rows,
        Map<String, List<Row>> fronts,
        int reused,
        @JsonInclude(JsonInclude.Include.NON_NULL) Against against)
        implements Result {
    /**
     * The cells beside those of an earlier grid of the same ways.
     *
     * @param file with its result
     * @param cells that both have, controls too, and of which the earlier one knows an interval
     * @param inside of them, those whose value lies inside that interval
     * @param missing cells with an interval that this grid hasn't
     */
    public record Against(String file, int cells, int inside, int missing, List<Outside> outside) {
        /** A cell whose value lies elsewhere. */
        public record Outside(String way, Double size, Integer seed, double value, double before, Interval interval) {}

        public Against {
            outside = List.copyOf(outside);
        }
    }

    /** The unchanged model among the controls, as it is. */
    public static final String UNCHANGED = "unchanged";

    /** The same tuned as the others. */
    public static final String UNCHANGED_TUNED = "unchanged, tuned";

    public GridResult {
        cells = List.copyOf(cells);
        controls = List.copyOf(controls);
        rows = List.copyOf(rows);
    }

    public GridResult with(Against earlier) {
        return new GridResult(
                model, data, split, metric, of, steps, reference, scoring, examples, cells, controls, rows, fronts,
                reused, earlier);
    }

    /** Whether a larger value is the better one. */
    @JsonProperty("higherIsBetter")
    public boolean higherIsBetter() {
        return metric.higherIsBetter();
    }

    /**
     * A way at a size with a seed.
     *
     * @param way in a command's words
     * @param size the share that was to be removed at least; null of a way that has none
     * @param seed null where nothing was left to chance
     * @param model what came out; {@link Shrunken#NONE} where the way can't be gone, or not so far
     * @param run the id in the log of the run that computed it; null where none did
     * @param difference to the reference, on the same examples; null where there is none
     * @param outcome why there is no value; empty where there is one
     */
    @JsonPropertyOrder({"way", "size", "seed", "value", "interval", "parameters", "bytes", "run"})
    public record Cell(
            String way,
            Double size,
            Integer seed,
            @JsonUnwrapped Shrunken model,
            String run,
            @JsonInclude(JsonInclude.Include.NON_NULL) Difference difference,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) String outcome) {
        /** One that there can't be. */
        public static Cell missing(String way, Double size, Integer seed, String outcome) {
            return new Cell(way, size, seed, Shrunken.NONE, null, null, outcome);
        }

        public Cell with(Difference other) {
            return new Cell(way, size, seed, model, run, other, outcome);
        }

        /** What was measured of it; null where there is no such model. */
        @JsonIgnore
        public Double value() {
            return model.value();
        }

        /** Whether it is one of the same way and size. */
        public boolean isOf(String otherWay, Double otherSize) {
            return way.equals(otherWay) && Objects.equals(size, otherSize);
        }
    }

    /**
     * What came out of a way: all fields are null or empty where nothing did.
     *
     * @param interval of 95 % of the value, over examples; null where there is none
     * @param parameters unique ones, those of adapters that tuning added among them
     * @param bytes of native memory
     * @param removed the share of the unique parameters that went; less than 0 where adapters outweigh it
     * @param layers that were changed, as they are typed; empty where all were
     * @param lineage how the model came to be
     * @param recovery the validation metric from before tuning on; empty where it wasn't tuned
     * @param bestStep of tuning, whose weights were kept; null where it wasn't tuned
     * @param tuningTokens that it learned from; null where it wasn't tuned
     * @param adapterParameters those that tuning added and left beside the weights; null where there are none
     * @param latency what examples take that go through it together, by how many they are; empty where nobody asked
     * @param seconds that it took to make and measure
     */
    @JsonPropertyOrder({"value", "interval", "parameters", "bytes"})
    public record Shrunken(
            Double value,
            Interval interval,
            Long parameters,
            Long bytes,
            Double removed,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) String layers,
            @JsonInclude(JsonInclude.Include.NON_NULL) Lineage lineage,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<TuneResult.Checked> recovery,
            @JsonInclude(JsonInclude.Include.NON_NULL) Integer bestStep,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long tuningTokens,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long adapterParameters,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<Integer, CompareResult.Latency> latency,
            @JsonInclude(JsonInclude.Include.NON_NULL) Double seconds) {
        public static final Shrunken NONE =
                new Shrunken(null, null, null, null, null, "", null, List.of(), null, null, null, Map.of(), null);

        public Shrunken {
            layers = layers == null ? "" : layers;
            recovery = recovery == null ? List.of() : List.copyOf(recovery);
            latency = latency == null ? Map.of() : new TreeMap<>(latency);
        }

        /**
         * How long an example by itself takes as a share of what it takes in the unchanged model, timed in turn; null where
         * nobody asked.
         */
        @JsonIgnore
        public Double timeShare() {
            CompareResult.Latency alone = latency.get(1);
            if (alone == null) {
                return null;
            }
            double more = alone.difference() == null ? 0 : alone.difference().seconds();
            return alone.seconds() / (alone.seconds() - more);
        }
    }

    /**
     * A way at a size, over its seeds.
     *
     * @param value the seeds' mean; null where there is none
     * @param interval of 95 % of that mean, over examples; null where there is none
     * @param values of each seed, in their order
     * @param parameters the most that a seed's model has; so are {@code bytes}
     * @param latency the seeds' mean share of the time that an example by itself takes in the unchanged model; null where
     *     nobody asked
     * @param difference of the mean to the reference's; null where there is none
     * @param tuningTokens the most that a seed's model learned from; null where none was tuned
     * @param adapterParameters the most that tuning left beside a seed's model; null where there are none
     * @param outcome why there is no value; empty where there is one
     */
    public record Row(
            String way,
            Double size,
            Double value,
            Interval interval,
            List<Double> values,
            Long parameters,
            Long bytes,
            Double removed,
            @JsonInclude(JsonInclude.Include.NON_NULL) Double latency,
            @JsonInclude(JsonInclude.Include.NON_NULL) Difference difference,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long tuningTokens,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long adapterParameters,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) String outcome) {
        /** A way of which there is no model. */
        public static Row missing(String way, Double size, String outcome) {
            return new Row(way, size, null, null, List.of(), null, null, null, null, null, null, null, outcome);
        }

        public Row with(Difference other) {
            return new Row(
                    way,
                    size,
                    value,
                    interval,
                    values,
                    parameters,
                    bytes,
                    removed,
                    latency,
                    other,
                    tuningTokens,
                    adapterParameters,
                    outcome);
        }

        /** Whether there is a value that can be drawn. */
        @JsonIgnore
        public boolean isFinite() {
            return value != null && Double.isFinite(value);
        }
    }

    @Override
    public List<Measure> measures() {
        return List.of(metric);
    }

    /** Said where intervals are of few examples; else null. */
    @JsonProperty("fewExamples")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public FewExamples fewExamples() {
        return FewExamples.of(examples);
    }

    /** All that were measured, controls first. */
    @JsonIgnore
    public List<Cell> all() {
        return Stream.concat(controls.stream(), cells.stream()).toList();
    }

    /** The sizes that ways were gone at. */
    public List<Double> sizes() {
        return rows.stream().map(Row::size).filter(Objects::nonNull).distinct().toList();
    }

    /**
     * A way at a size.
     *
     * @param size null of a way without sizes
     * @throws UserError if there is no such row
     */
    public Row row(String way, Double size) {
        List<String> ways = rows.stream().map(Row::way).distinct().toList();
        if (!ways.contains(way)) {
            throw new UserError("no way '" + way + "' is in the grid" + Nearest.hint(way, ways));
        }
        return rows.stream()
                .filter(row -> row.way().equals(way) && Objects.equals(row.size(), size))
                .findFirst()
                .orElseThrow(() -> new UserError("'" + way + "' has no size " + size + " in the grid; it has "
                        + rows.stream()
                                .filter(row -> row.way().equals(way))
                                .map(row -> String.valueOf(row.size()))
                                .collect(Collectors.joining(", "))));
    }

    /** The cells of a row, seed by seed. */
    public List<Cell> cells(Row row) {
        return all().stream().filter(cell -> cell.isOf(row.way(), row.size())).toList();
    }
}
