package ffmerge.result;

import ffmerge.journal.Run;
import java.util.List;

/** The log of runs, newest last. */
public record RunsResult(List<Run> runs) implements Result {}
