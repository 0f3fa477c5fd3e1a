package ffmerge.study;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * One command that was run to its end.
 *
 * @param line the command as it was written
 * @param result its JSON
 */
public record Run(Instant time, String command, String line, double seconds, Provenance provenance, JsonNode result) {}
