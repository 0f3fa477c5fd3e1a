package ffmerge.study;

import ffmerge.result.WindowScore;
import ffmerge.shrink.Shrink;
import java.util.List;

/**
 * Layers that could be shrunk together.
 *
 * @param groups of layers, by number
 * @param proposedBy whose own groups these are; empty of windows
 * @param shrink what would be done to them
 * @param removed parameters that would go
 */
record LayerGroups(List<List<Integer>> groups, List<WindowScore> proposedBy, Shrink shrink, long removed) {
    /** What a sweep tells them apart by. */
    List<Integer> union() {
        return groups.stream().flatMap(List::stream).sorted().toList();
    }
}
