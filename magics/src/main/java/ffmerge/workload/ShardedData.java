package ffmerge.workload;

import ffmerge.Progress;
import ffmerge.UserPath;
import ffmerge.data.DemoHome;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.hub.DatasetId;
import ffmerge.hub.Hub;
import ffmerge.hub.SplitFiles;
import ffmerge.hub.Unavailable;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Session;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Data of the hub and Parquet files of the user's, as files that are fetched when they are needed, and what a session has
 * made of them.
 */
public final class ShardedData {
    private static final int SHOWN_OF_COMMIT = 8;

    private final DemoHome home;
    private final Supplier<Hub> hub;
    private final Map<String, Shards> shards = new HashMap<>();
    private final Map<String, Object> sources = new HashMap<>();
    /** Of the cell that runs: what is fetched later is shown there and not in the cell that named the data. */
    private Host host;

    public ShardedData(DemoHome home, Supplier<Hub> hub) {
        this.home = home;
        this.hub = hub;
    }

    /** To be told at the begin of each command. */
    public void showIn(Host shown) {
        host = shown;
    }

    /** Shows what is done in the cell that runs. */
    public Progress progress() {
        return (label, total, unit) -> host.progress().start(label, total, unit);
    }

    public void notice(String line) {
        host.notice(line);
    }

    /** Whether these words name a data set of the hub; what is here by this name comes first. */
    public Optional<DatasetId> hubId(String data) {
        boolean here = home.dataSets().contains(data) || UserPath.exists(data);
        return here ? Optional.empty() : DatasetId.parse(data);
    }

    /**
     * The files of a split, where the words name a data set of the hub, a Parquet file or a folder of them.
     *
     * @param endings of the files that the caller reads, the best first
     * @throws ffmerge.UserError if there is no such data set or split
     */
    public Optional<Shards> shards(String data, Split split, List<String> endings) {
        Optional<DatasetId> id = hubId(data);
        if (id.isEmpty()) {
            boolean user = !home.dataSets().contains(data) && UserPath.exists(data);
            return user ? Shards.in(UserPath.of(data), split) : Optional.empty();
        }
        String key = String.join("\n", id.get().toString(), split.label(), endings.toString());
        return Optional.of(shards.computeIfAbsent(key, k -> ofHub(id.get(), split, endings)));
    }

    private Shards ofHub(DatasetId id, Split split, List<String> endings) {
        SplitFiles files;
        try {
            files = hub.get().dataset(id, split.label(), endings);
        } catch (Unavailable e) {
            throw Session.withCached(e, id.toString(), hub.get().cachedDatasets());
        }
        if (files.unreached()) {
            host.notice("The hub can't be reached; " + id + " is the copy in the cache, of commit "
                    + files.commit().substring(0, SHOWN_OF_COMMIT) + ".");
        }
        return new Shards() {
            @Override
            public int count() {
                return files.count();
            }

            @Override
            public Path file(int index) {
                return files.fetch(index, progress());
            }
        };
    }

    /**
     * What was made of a split before, so that it is read once.
     *
     * @param key of all that it depends on
     */
    public <T> T source(Class<T> type, String key, Supplier<T> make) {
        String own = type.getName() + "\n" + key;
        if (!sources.containsKey(own)) {
            sources.put(own, make.get());
        }
        return type.cast(sources.get(own));
    }
}
