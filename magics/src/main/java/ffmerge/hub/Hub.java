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
     * Fetches a split's Parquet files where they are not yet in the cache.
     *
     * @param config which of the repository's data sets is meant; null where there is but one
     * @param split {@code train}, {@code validation}, {@code test}, or what the data set calls it
     * @return the files in the order of their rows
     * @throws UserError as {@link #model} does, and if there is no such configuration or split
     * @throws CancellationException if the thread was interrupted; what has come is kept
     */
    public List<Path> dataset(String id, String config, String split, String revision, Progress progress) {
        RepoId repo = new RepoId(RepoId.Kind.DATASET, id);
        repo.within(revision);
        List<Path> files = files(repo, config, split, revision, progress);
        if (files.isEmpty() && revision.equals(MAIN)) {
            try {
                files = files(repo, config, split, CONVERTED, progress);
            } catch (NoSuchEntry e) {
                // the hub did not convert it
            }
        }
        if (!files.isEmpty()) {
            return files;
        }
        if (settings.offline()) {
            throw offline(repo, revision);
        }
        throw new UserError("the " + repo + " has no Parquet files of a split '" + split + "'");
    }

    private List<Path> files(RepoId repo, String config, String split, String revision, Progress progress) {
        RepoCache cache = new RepoCache(repo, settings.cache());
        if (settings.offline()) {
            return cachedFiles(repo, cache, config, split, revision);
        }
        Refusal refusal = new Refusal(settings, repo, revision, null);
        RepoListing listing;
        try {
            listing = RepoListing.of(http, repo, revision, refusal).withTree(http, repo, refusal);
        } catch (HubUnreachable e) {
            List<Path> cached = cachedFiles(repo, cache, config, split, revision);
            if (cached.isEmpty()) {
                throw e;
            }
            return cached;
        }
        return keeping(() -> {
            List<Path> files = new ArrayList<>();
            for (String file : ParquetFiles.of(repo, listing.files(), config, split)) {
                files.add(fetch(repo, cache, listing.commit(), file, progress));
            }
            if (!files.isEmpty()) {
                cache.remember(revision, listing.commit());
            }
            return files;
        });
    }

    private static List<Path> cachedFiles(RepoId repo, RepoCache cache, String config, String split, String revision) {
        Optional<Path> folder = cache.commit(revision).map(cache::snapshot).filter(Files::isDirectory);
        if (folder.isEmpty()) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder.get())) {
            List<String> names = files.filter(Files::isRegularFile)
                    .map(f -> folder.get().relativize(f).toString().replace('\\', '/'))
                    .toList();
            return ParquetFiles.of(repo, names, config, split).stream()
                    .map(folder.get()::resolve)
                    .toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + folder.get(), e);
        }
    }

    /** The folder of a model that is wholly in the cache. Asks nobody. */
    public Optional<Path> cachedModel(String id, String revision) {
        RepoCache cache = new RepoCache(new RepoId(RepoId.Kind.MODEL, id), settings.cache());
        return cache.commit(revision).map(cache::snapshot).filter(ModelFiles::isComplete);
    }

    /** The ids of the models of which something is in the cache. Asks nobody. */
    public List<String> cachedModels() {
        String prefix = RepoId.Kind.MODEL.plural() + "--";
        if (!Files.isDirectory(settings.cache())) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(settings.cache())) {
            return folders.map(f -> f.getFileName().toString())
                    .filter(name -> name.startsWith(prefix))
                    .map(name -> name.substring(prefix.length()).replace("--", "/"))
                    .filter(RepoId::isId)
                    .filter(id -> cachedModel(id, MAIN).isPresent())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + settings.cache(), e);
        }
    }

    private static Snapshot snapshot(Path folder, boolean unreached) {
        return new Snapshot(folder, folder.getFileName().toString(), unreached);
    }

    private static UserError offline(RepoId repo, String revision) {
        return new UserError("the " + repo + " at revision " + revision
                + " is not wholly in the cache, and HF_HUB_OFFLINE forbids to ask the hub; unset it and load it once");
    }

    private interface Work<T> {
        T run();
    }

    private static <T> T keeping(Work<T> work) {
        try {
            return work.run();
        } catch (CancellationException e) {
            throw new Interrupted(
                    "The download was stopped; what has come is kept, and the same command goes on from there.");
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
