package ffmerge.hub;

import ffmerge.UserError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds a split's files among a data set's: {@code CONFIG/train-00000-of-00002.parquet}, {@code data/train-….parquet},
 * {@code CONFIG/train/0000.parquet} as the hub converts others, or {@code test/NAME-test.CONFIG.tsv}.
 *
 * @param repo for messages
 * @param names of the repository's data files that somebody can read
 */
record DataFiles(RepoId repo, List<String> names) {
    /** The words that authors use in file names. */
    private static final Map<String, String> WORDS =
            Map.of("train", "train|training", "validation", "validation|valid|val|dev", "test", "test|eval|evaluation");

    private static final Pattern NUMBERED = Pattern.compile("(.*-)(\\d{5})-of-(\\d{5})(\\.\\w+)");

    /** @param endings what can be read, the best first: {@code .parquet}; only files of the first that there are count */
    static DataFiles of(RepoId repo, Collection<String> names, List<String> endings) {
        for (String ending : endings) {
            List<String> own =
                    names.stream().filter(n -> n.endsWith(ending)).sorted().toList();
            if (!own.isEmpty()) {
                return new DataFiles(repo, own);
            }
        }
        return new DataFiles(repo, List.of());
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    /** The configurations that have a folder. */
    Set<String> configs() {
        return names.stream()
                .filter(n -> n.indexOf('/') > 0)
                .map(n -> n.substring(0, n.indexOf('/')))
                .filter(folder -> !folder.equals("data") && splitOf(folder).isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * The files of one configuration.
     *
     * @param config null where the data set has but one
     * @throws UserError if there are several and none is named, or none is of this name
     */
    DataFiles of(String config) {
        Set<String> folders = configs();
        if (config == null) {
            if (folders.size() > 1) {
                throw new UserError("the " + repo + " has several configurations; name one as " + repo.id() + ":"
                        + folders.iterator().next() + "; there are " + String.join(", ", folders));
            }
            return this;
        }
        if (folders.contains(config)) {
            return new DataFiles(
                    repo, names.stream().filter(n -> n.startsWith(config + "/")).toList());
        }
        List<String> named =
                names.stream().filter(n -> says(n, Pattern.quote(config))).toList();
        if (!named.isEmpty()) {
            return new DataFiles(repo, named);
        }
        if (!folders.isEmpty()) {
            throw new UserError(
                    "the " + repo + " has no configuration '" + config + "'; there are " + String.join(", ", folders));
        }
        boolean oneFilePerConfig = names.stream().anyMatch(n -> n.matches(".*[-_.]\\w{2,3}-\\w{2,3}\\.\\w+"));
        if (oneFilePerConfig) {
            throw new UserError("the " + repo + " has no file of '" + config + "'; it has " + names.get(0)
                    + (names.size() > 1 ? " and " + (names.size() - 1) + " more" : ""));
        }
        return this; // the only one needs no folder
    }

    /**
     * The files of a split, in the order of their rows.
     *
     * @throws UserError if there are none, with the splits that there are
     */
    List<String> split(String config, String split) {
        DataFiles own = of(config);
        List<String> files = own.names.stream()
                .filter(n -> split.equals(splitOf(own.rest(config, n))))
                .toList();
        if (files.isEmpty()) {
            Set<String> splits = own.splits(config);
            throw new UserError("the " + repo + (config == null ? "" : ":" + config) + " has no split '" + split + "'; "
                    + (splits.isEmpty() ? "its files name none" : "it has " + String.join(", ", splits)));
        }
        return files;
    }

    private Set<String> splits(String config) {
        return names.stream()
                .map(n -> splitOf(rest(config, n)))
                .filter(split -> !split.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Without the configuration's folder, whose name may have a split's word in it. */
    private String rest(String config, String name) {
        String folder = config != null ? config : configs().stream().findFirst().orElse("data");
        return name.startsWith(folder + "/") ? name.substring(folder.length() + 1) : name;
    }

    /** The split that a name says first; empty where it says none. */
    private static String splitOf(String name) {
        int first = Integer.MAX_VALUE;
        String split = "";
        for (Map.Entry<String, String> entry : WORDS.entrySet()) {
            Matcher word = word(entry.getValue()).matcher(name);
            if (word.find() && word.start() < first) {
                first = word.start();
                split = entry.getKey();
            }
        }
        return split;
    }

    private static boolean says(String name, String words) {
        return word(words).matcher(name).find();
    }

    private static Pattern word(String words) {
        return Pattern.compile("(?<=^|[-_./])(" + words + ")(?=[-_./]|$)");
    }

    /** All names of a numbered series of which some are known: {@code …-00003-of-00014.parquet} tells of 14. */
    static List<String> wholeSeries(Collection<String> known) {
        Set<String> all = new TreeSet<>(known);
        for (String name : known) {
            Matcher numbered = NUMBERED.matcher(name);
            for (int i = 0; numbered.matches() && i < Integer.parseInt(numbered.group(3)); i++) {
                all.add(String.format("%s%05d-of-%s%s", numbered.group(1), i, numbered.group(3), numbered.group(4)));
            }
        }
        return new ArrayList<>(all);
    }
}
