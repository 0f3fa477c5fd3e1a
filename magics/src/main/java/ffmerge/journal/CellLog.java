package ffmerge.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.result.Capsule;
import ffmerge.result.GridResult.Shrunken;
import ffmerge.result.Labels;
import ffmerge.result.Measurement;
import ffmerge.result.Provenance;
import ffmerge.result.Run;
import ffmerge.result.Subject;
import ffmerge.result.TextProtocol;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The cells of grids in the log of runs, a run each. What was computed from the same model, data and options is found again by
 * its key, in whatever grid it stands.
 */
public final class CellLog {
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final RunLog runs;
    private final String command;
    private final Map<String, Logged> known = new HashMap<>();

    /**
     * A cell as the log keeps it.
     *
     * @param key of all that it depends on
     * @param units what was measured of each example, from which intervals and differences are drawn
     */
    public record Entry(String key, Shrunken model, List<double[]> units) {}

    /**
     * An entry that is in the log.
     *
     * @param run the id of its run
     */
    public record Logged(String run, Entry entry) {}

    /**
     * Where an entry came from, for those who read the log.
     *
     * @param way in words
     * @param line the way and its place in the grid, in words
     * @param options all that it was computed by
     * @param before the model that was shrunk, by its name
     * @param after what became of it
     * @param metric what was measured, on what
     */
    public record About(
            String way,
            String line,
            Map<String, Object> options,
            Map<String, Subject> before,
            Subject after,
            Measure metric,
            String data,
            String split,
            TextProtocol scoring) {}

    /**
     * @param command whose runs they are
     * @param isAnew whether those don't count that a finished grid has
     */
    public CellLog(RunLog runs, String command, boolean isAnew) {
        this.runs = runs;
        this.command = command;
        List<Run> all = runs.read().stream()
                .filter(run -> run.command().equals(command))
                .toList();
        Set<String> taken = new HashSet<>();
        if (isAnew) {
            all.forEach(run -> ofGrid(run.result()).forEach(taken::add));
        }
        all.stream()
                .filter(run -> !taken.contains(run.id()))
                .forEach(run ->
                        read(run.result()).ifPresent(entry -> known.put(entry.key(), new Logged(run.id(), entry))));
    }

    /** The ids of a grid's cells, if it is one's result. */
    private static Stream<String> ofGrid(JsonNode result) {
        return Stream.of("cells", "controls")
                .flatMap(list -> StreamSupport.stream(result.path(list).spliterator(), false))
                .map(cell -> cell.path("run").asText());
    }

    /** Whether a run is of a cell. */
    public static boolean isCell(Run run) {
        return run.result() != null && run.result().path("units").isArray();
    }

    private static Optional<Entry> read(JsonNode result) {
        try {
            return Optional.of(JSON.treeToValue(result, Entry.class))
                    .filter(entry -> entry.key() != null && entry.model() != null && entry.units() != null);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Optional.empty(); // of another version: it is computed anew
        }
    }

    public Optional<Logged> find(String key) {
        return Optional.ofNullable(known.get(key));
    }

    /** Writes an entry as a run of its own. */
    public Logged write(Entry entry, About about, Capsule capsule) {
        Logged logged = new Logged(RunLog.newId(), entry);
        Shrunken model = entry.model();
        runs.write(new Run(
                Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(),
                logged.run(),
                command,
                about.line(),
                List.copyOf(about.before().keySet()),
                about.options(),
                model.seconds(),
                Provenance.of(about.after().lineage(), about.before()),
                Map.of(about.way(), about.after()),
                List.of(new Measurement(
                        about.way(),
                        about.metric(),
                        model.value(),
                        about.data(),
                        about.split(),
                        about.scoring(),
                        entry.units().size())),
                JSON.valueToTree(entry),
                about.metric().title() + " " + Labels.value(about.metric(), model.value()),
                capsule));
        known.put(entry.key(), logged);
        return logged;
    }

    /** A short name for what examples hold: another where anything of them is another. */
    public static String print(List<? extends Batch> batches) {
        try {
            return Fingerprint.of(JSON.writeValueAsString(batches));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // records of arrays
        }
    }
}
