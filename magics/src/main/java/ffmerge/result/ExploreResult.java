package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonUnwrapped;

/**
 * A sweep that is looked at window by window.
 *
 * @param sweep whose fields are its own in JSON
 */
public record ExploreResult(@JsonUnwrapped SweepResult sweep) implements Result {}
