package ffmerge.architecture;

import ffmerge.UserError;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is said of a config whose {@code model_type} no family has. */
final class UnknownFamily {
    /** A family whose keys are so few of the config's is not told from others. */
    private static final int LEAST_KEYS = 3;

    private UnknownFamily() {}

    static UserError of(ModelConfig config) {
        List<ArchitectureTable> tables = Stream.concat(Families.ALL.stream(), OwnFamilies.find().tables().stream())
                .toList();
        String known = config.source() + " has the model_type '" + config.modelType() + "'; known are "
                + tables.stream()
                        .flatMap(t -> t.modelTypes().stream())
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining(", "));
        return nearest(config, tables)
                .map(near -> new UserError(known + "; its config is most like " + near.title() + "'s: "
                        + OwnFamilies.place().resolve(config.modelType().replaceAll("[^\\w-]", "_") + ".json")
                        + " with {\"extends\": \"" + file(near) + "\", \"modelTypes\": [\"" + config.modelType()
                        + "\"]} and what differs from it, names of tensors first of all, would be its table, as \"Bring your"
                        + " own family\" of the documentation (docs/family.md) shows"))
                .orElseGet(() -> new UserError(known));
    }

    /** The family of whose keys the config has most, and lacks fewest. */
    private static Optional<ArchitectureTable> nearest(ModelConfig config, List<ArchitectureTable> tables) {
        Map<String, Set<String>> keys = new TreeMap<>();
        tables.forEach(t -> keys.computeIfAbsent(t.family(), f -> t.keys()));
        Set<String> meant = new TreeSet<>();
        keys.values().forEach(meant::addAll);
        Set<String> there = meant.stream().filter(config::has).collect(Collectors.toSet());
        return tables.stream()
                .filter(t ->
                        keys.get(t.family()).stream().filter(there::contains).count() >= LEAST_KEYS)
                .max(Comparator.comparingDouble(t -> likeness(keys.get(t.family()), there)));
    }

    private static String file(ArchitectureTable table) {
        return Families.nameOf(table.family())
                .or(() -> OwnFamilies.find()
                        .file(table.family())
                        .map(own -> own.getFileName().toString().replaceFirst("\\.json$", "")))
                .orElse(table.family());
    }

    /** What both have, of what either has. */
    private static double likeness(Set<String> family, Set<String> config) {
        long both = family.stream().filter(config::contains).count();
        return (double) both / (family.size() + config.size() - both);
    }
}
