package ffmerge.magic;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Hands values from a magic to the notebook's Java: put here, taken by the line that declares the variable. */
public final class Variables {
    private static final Map<String, Object> VALUES = new ConcurrentHashMap<>();

    private Variables() {}

    static String put(Object value) {
        String key = UUID.randomUUID().toString();
        VALUES.put(key, value);
        return key;
    }

    /** For the generated declaration only. */
    public static Object take(String key) {
        return VALUES.remove(key);
    }
}
