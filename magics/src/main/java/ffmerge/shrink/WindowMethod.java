package ffmerge.shrink;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

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
        Function<Map<String, List<Integer>>, Shrink> shrink) {
    /** Whether it makes something of several layers together; else it does what it does to each. */
    public boolean joins() {
        return least > 1;
    }

    /**
     * What it does to several groups: something of each where it joins layers, else the same to all of them.
     *
     * @param groups of layers by stack, none of which shares a layer with another
     */
    public Shrink ofGroups(List<Map<String, List<Integer>>> groups) {
        if (groups.size() == 1) {
            return shrink.apply(groups.get(0));
        }
        return joins() ? new GroupsInTurn(groups.stream().map(shrink).toList()) : shrink.apply(union(groups));
    }

    /** The layers of all groups by stack, in order. */
    public static Map<String, List<Integer>> union(List<Map<String, List<Integer>>> groups) {
        Map<String, List<Integer>> all = new LinkedHashMap<>();
        groups.forEach(group -> group.forEach((stack, layers) -> all.merge(
                stack,
                layers,
                (a, b) -> Stream.concat(a.stream(), b.stream()).sorted().toList())));
        return all;
    }
}
