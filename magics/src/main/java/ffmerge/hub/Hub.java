package ffmerge.hub;

import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

/**
 * Models and data sets by their hub ids. Files are kept in the cache that Python's huggingface_hub keeps, so that what one
 * has fetched the other finds.
 */
public final class Hub {
    /** Where a revision is not named. */
    public static final String MAIN = "main";

    /** Where the hub keeps data sets of other formats as Parquet. */
    private static final String CONVERTED = "refs/convert/parquet";

    private final HubSettings settings;
    private final HubHttp http;

    public Hub(HubSettings settings) {
        this.settings = settings;
        this.http = new HubHttp(settings);
    }

    /** Whether a text has the form of a hub id; nobody is asked. */
    public static boolean isId(String text) {
        return RepoId.isId(text);
    }

    /**
     * Fetches what a model needs and is not yet in the cache.
     *
     * @param revision a branch, a tag or a commit
     * @throws UserError in one line that says what to do: where the hub says no, can't be reached, or is not to be asked
     * @throws CancellationException if the thread was interrupted; what has come is kept
     */
    public Snapshot model(String id, String revision, Progress progress) {
        RepoId repo = new RepoId(RepoId.Kind.MODEL, id);
        RepoCache cache = new RepoCache(repo, settings.cache());
        repo.within(revision);
        Optional<Path> cached = cachedModel(id, revision);
        if (settings.offline()) {
            return cached.map(folder -> snapshot(folder, false)).orElseThrow(() -> offline(repo, revision));
        }
        if (RepoCache.isCommit(revision) && cached.isPresent()) {
            return snapshot(cached.get(), false); // a commit never changes
        }
        RepoListing listing;
        try {
            listing = RepoListing.of(http, repo, revision, new Refusal(settings, repo, revision, null));
        } catch (HubUnreachable e) {
            return cached.map(folder -> snapshot(folder, true)).orElseThrow(() -> e);
        }
        return keeping(() -> {
            fetchModel(repo, cache, listing, progress);
            cache.remember(revision, listing.commit());
            return new Snapshot(cache.snapshot(listing.commit()), listing.commit(), false);
        });
    }

    private void fetchModel(RepoId repo, RepoCache cache, RepoListing listing, Progress progress) {
        if (!listing.files().contains(ModelFiles.CONFIG)) {
            throw new UserError("the " + repo + " has no config.json, so it is no Transformer in Hugging Face layout");
        }
        String weights = ModelFiles.weights(listing.files())
                .orElseThrow(() -> new UserError("the " + repo
                        + " has no model.safetensors and no pytorch_model.bin; other formats are not read"));
        String commit = listing.commit();
        for (String file : ModelFiles.besideWeights(listing.files())) {
            fetch(repo, cache, commit, file, progress);
        }
        Path first = fetch(repo, cache, commit, weights, progress);
        if (ModelFiles.isIndex(weights)) {
            for (String shard : ModelFiles.shards(first)) {
                fetch(repo, cache, commit, shard, progress);
            }
        }
    }

    /**
     * A split's files. Their names are asked for now; a file is fetched when it is first asked for.
     *
     * @param split {@code train}, {@code validation}, {@code test}
     * @param endings of the files that can be read, the best first: {@code .parquet}
     * @throws UserError as {@link #model} does, and if there is no such configuration or split
     */
    public SplitFiles dataset(DatasetId data, String split, List<String> endings) {
        RepoId repo = new RepoId(RepoId.Kind.DATASET, data.id());
        repo.within(data.revision());
        SplitFiles own = data(repo, data, data.revision(), split, endings);
        if (own == null && data.revision().equals(MAIN)) {
            try {
                own = data(repo, data, CONVERTED, split, endings);
            } catch (NoSuchEntry e) {
                // the hub did not convert it
            }
        }
        if (own != null) {
            return own;
        }
        if (settings.offline()) {
            throw offline(repo, data.revision());
        }
        throw new UserError("the " + repo + " has no files in a form that is read here: " + String.join(", ", endings));
    }

    /** Null where there are no files of these endings at this revision. */
    private SplitFiles data(RepoId repo, DatasetId data, String revision, String split, List<String> endings) {
        RepoCache cache = new RepoCache(repo, settings.cache());
        if (settings.offline()) {
            return cachedData(repo, data, revision, split, endings, offline(repo, revision));
        }
        RepoListing listing;
        try {
            Refusal refusal = new Refusal(settings, repo, revision, null);
            listing = RepoListing.of(http, repo, revision, refusal).withTree(http, repo, refusal);
        } catch (HubUnreachable e) {
            SplitFiles cached = cachedData(repo, data, revision, split, endings, e);
            if (cached == null) {
                throw e;
            }
            return cached;
        }
        DataFiles files = DataFiles.of(repo, listing.files(), endings);
        if (files.isEmpty()) {
            return null;
        }
        return new SplitFiles(listing.commit(), files.split(data.config(), split), false, (name, progress) -> {
            Path file = fetch(repo, cache, listing.commit(), name, progress);
            cache.remember(revision, listing.commit());
            return file;
        });
    }

    /**
     * What the cache knows of a split. A number in a file's name tells how many there are, so that a part is not taken for
     * the whole.
     *
     * @param lacking what is thrown for a file that is not there
     */
    private SplitFiles cachedData(
            RepoId repo, DatasetId data, String revision, String split, List<String> endings, UserError lacking) {
        RepoCache cache = new RepoCache(repo, settings.cache());
        Optional<Path> folder = cache.commit(revision).map(cache::snapshot).filter(Files::isDirectory);
        if (folder.isEmpty()) {
            return null;
        }
        Optional<RepoListing> kept =
                RepoListing.kept(cache, folder.get().getFileName().toString());
        List<String> there = kept.map(RepoListing::files).orElseGet(() -> cachedNames(folder.get()));
        DataFiles known = DataFiles.of(repo, there, endings);
        if (known.isEmpty()) {
            return null;
        }
        List<String> names;
        try {
            names = DataFiles.wholeSeries(known.split(data.config(), split));
        } catch (UserError e) {
            throw new Unavailable("in the cache, " + e.getMessage() + "; " + lacking.getMessage(), lacking);
        }
        boolean unreached = !settings.offline();
        return new SplitFiles(folder.get().getFileName().toString(), names, unreached, (name, progress) -> {
            Path file = folder.get().resolve(repo.within(name));
            if (!Files.exists(file)) {
                throw new Unavailable(name + " is not in the cache: " + lacking.getMessage(), lacking);
            }
            return file;
        });
    }

    private static List<String> cachedNames(Path snapshot) {
        try (Stream<Path> files = Files.walk(snapshot)) {
            return files.filter(Files::isRegularFile)
                    .map(f -> snapshot.relativize(f).toString().replace('\\', '/'))
                    .toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + snapshot, e);
        }
    }

    /** The data sets of which something is in the cache, with their configurations. Asks nobody. */
    public List<String> cachedDatasets() {
        List<String> known = new ArrayList<>();
        for (String id : cachedIds(RepoId.Kind.DATASET)) {
            RepoId repo = new RepoId(RepoId.Kind.DATASET, id);
            RepoCache cache = new RepoCache(repo, settings.cache());
            for (String revision : List.of(MAIN, CONVERTED)) {
                Optional<Path> folder =
                        cache.commit(revision).map(cache::snapshot).filter(Files::isDirectory);
                if (folder.isPresent()) {
                    Set<String> configs = DataFiles.of(repo, cachedNames(folder.get()), List.of(".parquet"))
                            .configs();
                    configs.forEach(config -> known.add(id + ":" + config));
                    if (configs.isEmpty()) {
                        known.add(id);
                    }
                    break;
                }
            }
        }
        return known;
    }

    /** The folder of a model that is wholly in the cache. Asks nobody. */
    public Optional<Path> cachedModel(String id, String revision) {
        RepoCache cache = new RepoCache(new RepoId(RepoId.Kind.MODEL, id), settings.cache());
        return cache.commit(revision).map(cache::snapshot).filter(ModelFiles::isComplete);
    }

    /** The ids of the models that are wholly in the cache. Asks nobody. */
    public List<String> cachedModels() {
        return cachedIds(RepoId.Kind.MODEL).stream()
                .filter(id -> cachedModel(id, MAIN).isPresent())
                .toList();
    }

    private List<String> cachedIds(RepoId.Kind kind) {
        String prefix = kind.plural() + "--";
        if (!Files.isDirectory(settings.cache())) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(settings.cache())) {
            return folders.map(f -> f.getFileName().toString())
                    .filter(name -> name.startsWith(prefix))
                    .map(name -> name.substring(prefix.length()).replace("--", "/"))
                    .filter(RepoId::isId)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + settings.cache(), e);
        }
    }

    private static Snapshot snapshot(Path folder, boolean unreached) {
        return new Snapshot(folder, folder.getFileName().toString(), unreached);
    }

    private static Unavailable offline(RepoId repo, String revision) {
        return new Unavailable(
                "the " + repo + " at revision " + revision
                        + " is not wholly in the cache, and HF_HUB_OFFLINE forbids to ask the hub; unset it and load it"
                        + " once",
                null);
    }

    interface Work<T> {
        T run();
    }

    static <T> T keeping(Work<T> work) {
        try {
            return work.run();
        } catch (CancellationException e) {
            throw new Interrupted("interrupted: what was downloaded is kept, and the same command goes on from there");
        }
    }

    /** One file of a commit, in the cache. */
    @SuppressWarnings("try") // the lock is only held
    private Path fetch(RepoId repo, RepoCache cache, String commit, String name, Progress progress) {
        Path pointer = cache.pointer(commit, name);
        if (Files.exists(pointer)) {
            return pointer;
        }
        Refusal refusal = new Refusal(settings, repo, commit, name);
        RemoteFile file = ask(repo, cache, commit, name, refusal);
        try (CacheLock lock = CacheLock.take(cache.lock(file.etag()))) {
            Path blob = cache.blob(file.etag());
            if (!Files.exists(blob)) {
                new Download(http, file, refusal, cache.incomplete(file.etag())).into(blob, progress);
            }
            return cache.link(file.etag(), commit, name);
        }
    }

    private RemoteFile ask(RepoId repo, RepoCache cache, String commit, String name, Refusal refusal) {
        URI uri = http.uri(repo.resolve(commit, name));
        return http.retrying(() -> {
            try (HubAnswer answer = http.open("HEAD", uri, 0, refusal)) {
                String etag = RemoteFile.etag(answer.header("X-Linked-Etag")
                        .or(() -> answer.header("ETag"))
                        .orElse(""));
                if (!RepoCache.isEtag(etag)) {
                    throw new UserError("the hub gives no hash of " + name + "; does HF_ENDPOINT name a hub?");
                }
                Optional<String> size = answer.header("X-Linked-Size")
                        .or(() -> answer.isRedirect() ? Optional.empty() : answer.header("Content-Length"))
                        .filter(s -> s.matches("\\d{1,18}"));
                return new RemoteFile(uri, name, etag, size.map(Long::parseLong).orElse(-1L));
            } catch (NoSuchEntry e) {
                cache.rememberAbsence(commit, name);
                throw e;
            }
        });
    }
}
