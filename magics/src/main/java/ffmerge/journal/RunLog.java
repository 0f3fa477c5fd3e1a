package ffmerge.journal;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Measure;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.WholeFile;
import ffmerge.result.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** The log of runs: one JSON file a run, in the state folder. */
public final class RunLog {
    /** In a run's result a measure is its name; what the name means stands beside. */
    private abstract static class WholeMeasure {
        @JsonValue(false)
        @Override
        public abstract String toString();
    }

    static final ObjectMapper JSON = new ObjectMapper()
            .addMixIn(Measure.class, WholeMeasure.class)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private static final int ID_LENGTH = 13;

    private final StateFolder state;

    public RunLog(StateFolder state) {
        this.state = state;
    }

    /** An id that no other run has. */
    public static String newId() {
        return UUID.randomUUID().toString().substring(0, ID_LENGTH);
    }

    static ObjectNode json(Run run) {
        return JSON.valueToTree(run);
    }

    /**
     * Adds a run, under a name that sorts by time and that no other run has, in whatever process. What is logged once is
     * never written again.
     *
     * @throws UserError if this very run is logged already
     */
    public void write(Run run) {
        Path folder = state.sub("runs");
        String name = run.time().replaceAll("[^0-9T]", "") + "-" + run.command() + "-" + run.id() + ".json";
        if (Files.exists(folder.resolve(name))) {
            throw new UserError("the run " + run.id() + " is in the log already; it is not overwritten");
        }
        try {
            WholeFile.write(
                    folder.resolve(name), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(run));
        } catch (IOException e) {
            throw new IllegalStateException(e); // a record as JSON
        }
    }

    /** All runs, oldest first. */
    public List<Run> read() {
        return read(Integer.MAX_VALUE);
    }

    /** The last so many runs, oldest first. A file that can't be read is left out. */
    public List<Run> read(int last) {
        Path folder = state.sub("runs");
        List<Run> runs = new ArrayList<>();
        try (Stream<Path> list = Files.list(folder)) {
            List<Path> files = list.filter(f -> f.getFileName().toString().matches("\\d.*\\.json"))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
            for (Path file : files.subList(Math.max(0, files.size() - last), files.size())) {
                Run run = parse(file);
                if (run != null) {
                    runs.add(run);
                }
            }
        } catch (IOException e) {
            throw UserError.cannot("list " + folder, e);
        }
        return runs;
    }

    private static Run parse(Path file) {
        try {
            Run run = JSON.readValue(file.toFile(), Run.class);
            boolean isOlder = run.id().isEmpty(); // a run of today may have nothing to say in a few words
            return isOlder ? run.withOutcome(OlderOutcome.of(run.result())) : run;
        } catch (IOException e) {
            return null; // somebody else's file, or one from another version
        }
    }
}
