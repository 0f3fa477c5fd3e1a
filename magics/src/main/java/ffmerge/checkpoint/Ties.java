package ffmerge.checkpoint;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which names stand for the same parameter: each alias, and the name under which the parameter is kept. Empty for an
 * ordinary checkpoint. On disk this is the convention of the safetensors library: an entry {@code alias → kept} a tie
 * in the file's metadata.
 */
public record Ties(Map<String, String> keptByAlias) {
    public static final Ties NONE = new Ties(Map.of());

    public Ties {
        keptByAlias = Collections.unmodifiableMap(new LinkedHashMap<>(keptByAlias));
    }

    /** The name under which this tensor is kept: its own, unless it is an alias. */
    public String keptName(String name) {
        return keptByAlias.getOrDefault(name, name);
    }

    public boolean isEmpty() {
        return keptByAlias.isEmpty();
    }

    /** The entries of a metadata map that name a stored tensor's alias. */
    static Ties fromMetadata(Map<String, String> metadata, Collection<String> stored) {
        Map<String, String> ties = new LinkedHashMap<>();
        metadata.forEach((alias, kept) -> {
            if (stored.contains(kept) && !stored.contains(alias)) {
                ties.put(alias, kept);
            }
        });
        return new Ties(ties);
    }
}
