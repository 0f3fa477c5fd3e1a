package ffmerge.workload;

import ffmerge.Counted;
import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.hub.Hub;
import ffmerge.hub.Unavailable;
import java.util.List;
import java.util.function.Supplier;

/** The hub, made when it is first needed: a mistake in its settings is no concern of those who need none. */
public final class HubAccess {
    private static final int SHOWN_OF_CACHE = 10;
    private static final int SHOWN_OF_COMMIT = 8;

    private final Supplier<Hub> make;
    private Hub hub;

    /** @param make is asked once */
    public HubAccess(Supplier<Hub> make) {
        this.make = make;
    }

    /** @throws UserError if the environment's settings of the hub can't be meant */
    public synchronized Hub hub() {
        if (hub == null) {
            hub = make.get();
        }
        return hub;
    }

    /** The ids of models that were fetched before; nobody is asked, and nothing is wrong. */
    public List<String> cachedModels() {
        try {
            return hub().cachedModels();
        } catch (UserError e) {
            return List.of(); // whoever loads a model is told
        }
    }

    /** The data sets of which something was fetched before; nobody is asked, and nothing is wrong. */
    public List<String> cachedDatasets() {
        try {
            return hub().cachedDatasets();
        } catch (UserError e) {
            return List.of(); // whoever uses one is told
        }
    }

    /** What could not be had, with what the cache has in its place. */
    static UserError withCached(Unavailable e, String name, List<String> cached) {
        String there =
                cached.isEmpty() ? "the cache has none" : "the cache has " + Counted.firstOf(cached, SHOWN_OF_CACHE);
        return new UserError(e.getMessage() + Nearest.hint(name, cached, there), e);
    }

    /** The begin of a commit's hash, which tells it from others. */
    static String shortened(String commit) {
        return commit.substring(0, SHOWN_OF_COMMIT);
    }
}
