package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * Runs of the log, newest last.
 *
 * @param differences of two runs that were compared; null where none were
 * @param exported the file that the run was written to; null where none was
 */
public record RunsResult(
        List<Run> runs,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<RunDifference> differences,
        @JsonInclude(JsonInclude.Include.NON_NULL) String exported)
        implements Result {
    public RunsResult {
        runs = List.copyOf(runs);
        differences = differences == null ? null : List.copyOf(differences);
    }

    public RunsResult(List<Run> runs) {
        this(runs, null, null);
    }
}
