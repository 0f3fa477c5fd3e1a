package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that it takes to do a run again, and to tell what is another where something else comes out.
 *
 * @param recipe the steps from loading to the run itself, as {@code run} takes them: the command with its arguments, then
 *     its options as they were used
 * @param missing why the recipe isn't enough to do the run again; null where it is
 * @param seeds of the steps that have one, by {@code 2 tune}
 * @param files that the steps read
 * @param versions of what computed it
 * @param devices where the models lay and in what their weights were held, by their names
 * @param ended when, ISO 8601 in UTC
 */
public record Capsule(
        List<Map<String, Object>> recipe,
        @JsonInclude(JsonInclude.Include.NON_NULL) String missing,
        Map<String, Object> seeds,
        List<HashedFile> files,
        Map<String, String> versions,
        Map<String, String> devices,
        String ended) {
    public Capsule {
        recipe = recipe == null ? List.of() : List.copyOf(recipe);
        seeds = sorted(seeds);
        files = files == null ? List.of() : List.copyOf(files);
        versions = sorted(versions);
        devices = sorted(devices);
    }

    private static <T> Map<String, T> sorted(Map<String, T> map) {
        return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
