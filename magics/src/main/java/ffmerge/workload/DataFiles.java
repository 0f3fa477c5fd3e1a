package ffmerge.workload;

import ffmerge.Clauses;
import ffmerge.FileKind;
import ffmerge.Nearest;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.data.DemoHome;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.hub.DatasetId;
import ffmerge.hub.PaperData;
import ffmerge.hub.SplitFiles;
import ffmerge.hub.Unavailable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The files of data by its name, those of the hub fetched when they are needed, and what has been made of them.
 */
final class DataFiles {
    static final String PARQUET = ".parquet";
    /** Of a folder of data, as deep as images of classes lie in splits. */
    private static final int DEPTH = 4;

    private final DemoHome home;
    private final HubAccess hub;
    private final Map<String, Shards> shards = new HashMap<>();
    private final Map<String, Made> sources = new HashMap<>();
    /** What came from the hub, by the data's name, then by the file's. */
    private final Map<String, Map<String, Path>> fetched = new HashMap<>();
    /** Of the command that runs: what is fetched later is shown there and not where the data was named. */
    private Reporter reporter = Reporter.STDERR;
    /** What was said since then. */
    private final Set<String> said = new HashSet<>();

    /**
     * What was made of a split.
     *
     * @param stamp of the files that it was made of
     * @param notices that concern whoever uses it
     */
    private record Made(Object source, String stamp, List<String> notices) {}

    DataFiles(DemoHome home, HubAccess hub) {
        this.home = home;
        this.hub = hub;
    }

    void showIn(Reporter shown) {
        reporter = shown;
        said.clear();
    }

    /** Shows what is done where the command that runs is shown. */
    Progress progress() {
        return (label, total, unit) -> reporter.progress().start(label, total, unit);
    }

    /** Says a line, once. */
    void notice(String line) {
        if (said.add(line)) {
            reporter.notice(line);
        }
    }

    /** Whether these words name a data set of the hub; what is here by this name comes first. */
    Optional<DatasetId> hubId(String data) {
        boolean here = isDemo(data) || UserPath.exists(data);
        return here ? Optional.empty() : DatasetId.parse(data);
    }

    private boolean isDemo(String data) {
        return home.dataSets().contains(data);
    }

    /**
     * The files of a split, where the words name a data set of the hub, a Parquet file or a folder of them.
     *
     * @param endings of the files that the caller reads, the best first
     * @throws UserError if there is no such data set or split
     */
    Optional<Shards> shards(String data, Split split, List<String> endings) {
        Optional<DatasetId> id = hubId(data);
        if (id.isEmpty()) {
            boolean user = !isDemo(data) && UserPath.exists(data);
            return user ? Shards.in(UserPath.of(data), split) : Optional.empty();
        }
        return Optional.of(ofHub(id.get(), split.label(), endings));
    }

    /**
     * The files of a split on the hub.
     *
     * @param split by its name there
     */
    Shards ofHub(DatasetId id, String split, List<String> endings) {
        String key = String.join("\n", id.toString(), split, endings.toString());
        return shards.computeIfAbsent(key, k -> asked(id, split, endings));
    }

    private Shards asked(DatasetId id, String split, List<String> endings) {
        SplitFiles files;
        try {
            files = hub.hub().dataset(id, split, endings);
        } catch (Unavailable e) {
            throw HubAccess.withCached(e, id.toString(), hub.cachedDatasets());
        }
        if (files.unreached()) {
            notice("The hub can't be reached; " + id + " is the copy in the cache, of commit "
                    + HubAccess.shortened(files.commit()) + ".");
        }
        return new Shards() {
            @Override
            public int count() {
                return files.count();
            }

            @Override
            public Path file(int index) {
                Path file = files.fetch(index, progress());
                fetched.computeIfAbsent(id.toString(), d -> new TreeMap<>()).put(files.name(index), file);
                return file;
            }
        };
    }

    /**
     * The file of a split: of a demo data set, or of a file or folder of the user's.
     *
     * @param find finds it in the latter
     * @throws UserError if there is no such file or folder
     */
    Path file(String data, Split split, BiFunction<Path, Split, Path> find) {
        return home.data(data, split).orElseGet(() -> find.apply(user(data), split));
    }

    /** Where data of this name lies: the file of a demo data set's split, or the user's file or folder. */
    Path where(String data, Split split) {
        return file(data, split, (path, s) -> path);
    }

    private Path user(String data) {
        Path path = UserPath.of(data);
        FileKind kind = FileKind.behindLinks(path);
        if (kind == FileKind.NOTHING) {
            home.requireHere(data);
            List<String> known = home.dataSets();
            String here = "there is no data set, file or folder '" + data + "'"
                    + Nearest.hint(
                            data, known, known.isEmpty() ? "" : "demo data sets are " + String.join(", ", known));
            throw new UserError(
                    Clauses.join(here, "of the hub's, name one as ORG/NAME, ORG/NAME:CONFIG or " + PaperData.labels()));
        }
        if (!canBeRead(kind)) {
            throw new UserError("the data '" + data + "' is " + kind.label() + "; name a file or a folder");
        }
        return path;
    }

    /**
     * Data's name that means the same wherever the working folder is.
     *
     * @param data as a user wrote it
     */
    String settled(String data) {
        return !isDemo(data) && UserPath.exists(data)
                ? UserPath.of(data).toAbsolutePath().normalize().toString()
                : data;
    }

    /** All files of data, as far as they are here, by their names in it. */
    Map<String, Path> all(String data) {
        if (isDemo(data)) {
            return home.dataFiles(data);
        }
        Optional<DatasetId> id = hubId(data);
        if (id.isPresent()) {
            return fetched.getOrDefault(id.get().toString(), Map.of());
        }
        Path path = UserPath.of(data);
        Map<String, Path> files = new TreeMap<>();
        if (Files.isRegularFile(path)) {
            files.put(path.getFileName().toString(), path);
        } else if (Files.isDirectory(path)) {
            try (Stream<Path> all = Files.walk(path, DEPTH)) {
                all.filter(Files::isRegularFile)
                        .forEach(file -> files.put(path.relativize(file).toString(), file));
            } catch (IOException | UncheckedIOException e) {
                throw new UserError("cannot list " + path + ": " + e.getMessage(), e);
            }
        }
        return files;
    }

    /** Whether there is data of this name on this machine that can be looked into. */
    boolean isHere(String data) {
        return isDemo(data) || canBeRead(FileKind.behindLinks(UserPath.of(data)));
    }

    private static boolean canBeRead(FileKind kind) {
        return kind == FileKind.FILE || kind == FileKind.FOLDER;
    }

    /**
     * What was made of a split before, so that it is read once; made anew where a file has changed since. What was said when
     * it was made is said again, as it concerns each result.
     *
     * @param key of all that it depends on beside files
     * @param data whose files it depends on
     * @param model the folder of a model that it depends on
     * @param make is given what is to be told of notices about it, then or later
     */
    <T> T source(Class<T> type, String key, String data, Path model, Function<Consumer<String>, T> make) {
        String own = String.join("\n", type.getName(), data, model.toString(), key);
        String stamp = stamp(data) + "\n" + Stamp.of(model);
        Made made = sources.get(own);
        if (made != null && made.stamp.equals(stamp)) {
            made.notices.forEach(this::notice);
            return type.cast(made.source);
        }
        List<String> notices = new ArrayList<>();
        T source = make.apply(line -> {
            notices.add(line);
            notice(line);
        });
        sources.put(own, new Made(source, stamp, notices));
        return source;
    }

    /** Data of the demo and of the hub don't change. */
    String stamp(String data) {
        return isDemo(data) || !UserPath.exists(data) ? "" : Stamp.of(UserPath.of(data));
    }
}
