package ffmerge.journal;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One command that was run to its end.
 *
 * @param time when it began, ISO 8601 in UTC
 * @param line the command as it was written
 * @param result its JSON
 */
public record Run(String time, String command, String line, double seconds, Provenance provenance, JsonNode result) {}
