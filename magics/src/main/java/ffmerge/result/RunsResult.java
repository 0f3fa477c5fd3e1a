package ffmerge.result;

import java.util.List;

/** The log of runs, newest last. */
public record RunsResult(List<Run> runs) implements Result {}
