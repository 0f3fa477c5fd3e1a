package ffmerge.hub;

import ffmerge.UserError;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds a split's files among a data set's: {@code CONFIG/train-00000-of-00002.parquet}, {@code data/train-….parquet}, or
 * {@code CONFIG/train/0000.parquet} as the hub converts others.
 */
final class ParquetFiles {
    /** The words that authors use in file names. */
    private static final Map<String, String> WORDS =
            Map.of("train", "train|training", "validation", "validation|valid|val|dev", "test", "test|eval|evaluation");

    private ParquetFiles() {}

    /**
     * @param config null where the data set has but one
     * @return in the order of their rows; empty if there are none at all
     * @throws UserError if there are several configurations and none is named, or none is of this name
     */
    static List<String> of(RepoId repo, Collection<String> names, String config, String split) {
        List<String> parquet =
                names.stream().filter(n -> n.endsWith(".parquet")).sorted().toList();
        if (parquet.isEmpty()) {
            return parquet;
        }
        TreeSet<String> folders = parquet.stream()
                .filter(n -> n.indexOf('/') > 0)
                .map(n -> n.substring(0, n.indexOf('/')))
                .filter(Predicate.not("data"::equals))
                .filter(folder -> !saysSplit(folder, WORDS.values()))
                .collect(Collectors.toCollection(TreeSet::new));
        String chosen = config;
        if (config == null && folders.size() > 1) {
            throw new UserError(
                    "the " + repo + " has several configurations; name one of " + String.join(", ", folders));
        }
        if (config != null && !folders.contains(config)) {
            if (!folders.isEmpty()) {
                throw new UserError("the " + repo + " has no configuration '" + config + "'; there are "
                        + String.join(", ", folders));
            }
            chosen = null; // the only one needs no folder
        }
        String folder = chosen == null ? "" : chosen + "/";
        String words = WORDS.getOrDefault(split, Pattern.quote(split));
        return parquet.stream()
                .filter(name -> name.startsWith(folder))
                .filter(name -> saysSplit(name.substring(folder.length()), List.of(words)))
                .toList();
    }

    private static boolean saysSplit(String name, Collection<String> words) {
        return Pattern.compile("(^|[-_./])(" + String.join("|", words) + ")([-_./]|$)")
                .matcher(name)
                .find();
    }
}
