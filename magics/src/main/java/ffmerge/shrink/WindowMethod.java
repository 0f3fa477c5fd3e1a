package ffmerge.shrink;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What a sweep does to each window.
 *
 * @param place in the list of ways, by which charts tell methods apart
 * @param least layers that a window has at least
 * @param left layers that must be left beside it
 * @param shrink makes it, from the window's layers by stack
 */
public record WindowMethod(
        String name,
        String title,
        int place,
        int least,
        int left,
        Function<Map<String, List<Integer>>, Shrink> shrink) {}
