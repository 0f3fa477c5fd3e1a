package ffmerge.hub;

import ffmerge.Progress;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;

/** The files of a data set's split in the order of their rows, each of which is fetched when it is first asked for. */
public final class SplitFiles {
    /** Fetches one file. */
    interface Source {
        Path fetch(String name, Progress progress);
    }

    private final String commit;
    private final List<String> names;
    private final boolean unreached;
    private final Source source;

    SplitFiles(String commit, List<String> names, boolean unreached, Source source) {
        this.commit = commit;
        this.names = List.copyOf(names);
        this.unreached = unreached;
        this.source = source;
    }

    /** Which commit of the repository they are of. */
    public String commit() {
        return commit;
    }

    /** Whether the hub could not be asked, so that these are those that the cache knows of. */
    public boolean unreached() {
        return unreached;
    }

    public int count() {
        return names.size();
    }

    /** The name of a file in its repository. */
    public String name(int index) {
        return names.get(index);
    }

    /**
     * A file, in the cache.
     *
     * @throws UserError in one line that says what to do: where the hub says no, can't be reached, or is not to be asked
     * @throws CancellationException if the thread was interrupted; what has come is kept
     */
    public Path fetch(int index, Progress progress) {
        return Hub.keeping(() -> source.fetch(names.get(index), progress));
    }
}
