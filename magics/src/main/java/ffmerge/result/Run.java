package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One command that was run to its end.
 *
 * @param time when it began, ISO 8601 in UTC
 * @param id tells runs of the same moment apart
 * @param line the command as it was written
 * @param arguments what followed the command's name, Java variables put in
 * @param options every option as it was used, defaults and Java variables put in; one that isn't here had no part in it
 * @param made the models that it made, by name
 * @param measured what it says of models' quality
 * @param result its JSON
 * @param outcome of it in a few words; empty in the logs of older versions
 * @param capsule what it takes to do it again; null in the logs of older versions
 */
public record Run(
        String time,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String id,
        String command,
        String line,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> arguments,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Object> options,
        double seconds,
        Provenance provenance,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Subject> made,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Measurement> measured,
        JsonNode result,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String outcome,
        @JsonInclude(JsonInclude.Include.NON_NULL) Capsule capsule) {
    public Run {
        id = id == null ? "" : id;
        arguments = arguments == null ? List.of() : List.copyOf(arguments);
        options = options == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(options));
        made = made == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(made));
        measured = measured == null ? List.of() : counted(measured, made, provenance);
        outcome = outcome == null ? "" : outcome;
    }

    /** Measurements of models themselves with what these hold less than what was loaded, where that is known. */
    private static List<Measurement> counted(
            List<Measurement> measured, Map<String, Subject> made, Provenance provenance) {
        return measured.stream()
                .map(m -> m.then() != null || provenance == null
                        ? m
                        : Optional.ofNullable(made.getOrDefault(
                                        m.model(), provenance.models().get(m.model())))
                                .map(Subject::history)
                                .filter(history -> history != null && history.isKnown() && history.isCounted())
                                .map(history -> m.removing(history.removed()))
                                .orElse(m))
                .toList();
    }

    /** A run of which it isn't known how to do it again. */
    public Run(
            String time,
            String id,
            String command,
            String line,
            List<String> arguments,
            Map<String, Object> options,
            double seconds,
            Provenance provenance,
            Map<String, Subject> made,
            List<Measurement> measured,
            JsonNode result,
            String outcome) {
        this(time, id, command, line, arguments, options, seconds, provenance, made, measured, result, outcome, null);
    }

    public Run withOutcome(String outcome) {
        return new Run(
                time,
                id,
                command,
                line,
                arguments,
                options,
                seconds,
                provenance,
                made,
                measured,
                result,
                outcome,
                capsule);
    }
}
