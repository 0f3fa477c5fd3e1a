package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Measure;
import java.util.List;

/**
 * One command that was run to its end.
 *
 * @param time when it began, ISO 8601 in UTC
 * @param line the command as it was written
 * @param result its JSON
 * @param outcome of it in a few words; empty in the logs of older versions
 * @param measures whole, of which the result's JSON has the names; none in the logs of older versions
 */
public record Run(
        String time,
        String command,
        String line,
        double seconds,
        Provenance provenance,
        JsonNode result,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String outcome,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Measure> measures) {
    public Run {
        outcome = outcome == null ? "" : outcome;
        measures = measures == null ? List.of() : List.copyOf(measures);
    }

    /** A run as older versions logged it. */
    public Run(String time, String command, String line, double seconds, Provenance provenance, JsonNode result) {
        this(time, command, line, seconds, provenance, result, "", List.of());
    }

    public Run withOutcome(String outcome) {
        return new Run(time, command, line, seconds, provenance, result, outcome, measures);
    }
}
