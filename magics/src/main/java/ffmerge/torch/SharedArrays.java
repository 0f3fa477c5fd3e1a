package ffmerge.torch;

import ffmerge.checkpoint.Ties;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Named arrays or weights of which several names may stand for one and the same. The first of its names is the one it is kept by. */
public final class SharedArrays {
    private SharedArrays() {}

    /** Each once, in the order of the names. */
    public static <T> Map<String, T> unique(Map<String, T> named) {
        Map<T, String> first = new IdentityHashMap<>();
        Map<String, T> unique = new LinkedHashMap<>();
        named.forEach((name, array) -> {
            if (first.putIfAbsent(array, name) == null) {
                unique.put(name, array);
            }
        });
        return unique;
    }

    /** Which names share one with an earlier one. */
    public static <T> Ties ties(Map<String, T> named) {
        Map<T, String> first = new IdentityHashMap<>();
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
