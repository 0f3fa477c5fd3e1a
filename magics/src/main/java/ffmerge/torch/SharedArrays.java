package ffmerge.torch;

import ai.djl.ndarray.NDArray;
import ffmerge.checkpoint.Ties;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Named arrays of which several names may stand for one and the same. The first of an array's names is the one it is kept by. */
public final class SharedArrays {
    private SharedArrays() {}

    /** Each array once, in the order of the names. */
    public static Map<String, NDArray> unique(Map<String, NDArray> named) {
        Map<NDArray, String> first = new IdentityHashMap<>();
        Map<String, NDArray> unique = new LinkedHashMap<>();
        named.forEach((name, array) -> {
            if (first.putIfAbsent(array, name) == null) {
                unique.put(name, array);
            }
        });
        return unique;
    }

    /** Which names share an array with an earlier one. */
    public static Ties ties(Map<String, NDArray> named) {
        Map<NDArray, String> first = new IdentityHashMap<>();
        Map<String, String> aliases = new LinkedHashMap<>();
        named.forEach((name, array) -> {
            String kept = first.putIfAbsent(array, name);
            if (kept != null) {
                aliases.put(name, kept);
            }
        });
        return new Ties(aliases);
    }
}
