package ffmerge.hub;

import ffmerge.UserError;
import ffmerge.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * One model's or data set's folder in the cache, laid out as Python's huggingface_hub does: {@code blobs/ETAG},
 * {@code snapshots/COMMIT/FILE} as links to them, {@code refs/REVISION} with a commit in it, {@code .no_exist/COMMIT/FILE}.
 *
 * @see <a href="https://github.com/huggingface/huggingface_hub/blob/main/docs/source/en/guides/manage-cache.md">the layout</a>
 */
record RepoCache(RepoId repo, Path cache) {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern ETAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,199}");
    private static final int LONGEST_REF = 1000;

    static boolean isCommit(String revision) {
        return COMMIT.matcher(revision).matches();
    }

    /** A hash that may name a file. */
    static boolean isEtag(String etag) {
        return ETAG.matcher(etag).matches();
    }

    private Path folder() {
        return cache.resolve(repo.folder());
    }

    Path blob(String etag) {
        return folder().resolve("blobs").resolve(etag);
    }

    /** Of our own name: huggingface_hub of old continues a file {@code ETAG.incomplete}, and its locks don't see ours. */
    Path incomplete(String etag) {
        return folder().resolve("blobs").resolve(etag + ".ffmerge.incomplete");
    }

    Path lock(String etag) {
        return cache.resolve(".locks").resolve(repo.folder()).resolve(etag + ".lock");
    }

    Path snapshot(String commit) {
        return folder().resolve("snapshots").resolve(commit);
    }

    /** @throws UserError if the name would lead out of the snapshot */
    Path pointer(String commit, String file) {
        return snapshot(commit).resolve(repo.within(file));
    }

    /** The commit that a revision meant when it was last asked for. */
    Optional<String> commit(String revision) {
        if (isCommit(revision)) {
            return Optional.of(revision);
        }
        try {
            Path ref = folder().resolve("refs").resolve(repo.within(revision));
            if (Files.size(ref) > LONGEST_REF) {
                return Optional.empty();
            }
            return Optional.of(
                            Files.readString(ref, StandardCharsets.ISO_8859_1).strip())
                    .filter(RepoCache::isCommit);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw UserError.cannot("read the cache " + folder(), e);
        }
    }

    /** The list of all that a commit has, where a newer huggingface_hub (2.x) has kept one. */
    Path listing(String commit) {
        return folder().resolve("trees").resolve(commit + ".json");
    }

    /** Notes which commit a revision means now. */
    void remember(String revision, String commit) {
        if (isCommit(revision) || commit(revision).equals(Optional.of(commit))) {
            return;
        }
        Path ref = folder().resolve("refs").resolve(repo.within(revision));
        createFolder(ref.getParent());
        WholeFile.write(ref, commit.getBytes(StandardCharsets.US_ASCII));
    }

    /** Notes that a commit has no such file, so that nobody asks again. */
    void rememberAbsence(String commit, String file) {
        Path mark = folder().resolve(".no_exist").resolve(commit).resolve(repo.within(file));
        if (!Files.exists(mark)) {
            createFolder(mark.getParent());
            WholeFile.write(mark, new byte[0]);
        }
    }

    /**
     * Makes a blob a file of a snapshot.
     *
     * @throws UserError if the snapshot's folder leads out of the cache, or can't be written
     */
    Path link(String etag, String commit, String file) {
        Path pointer = pointer(commit, file);
        createFolder(pointer.getParent());
        Path beside = pointer.resolveSibling("." + UUID.randomUUID());
        try {
            // somebody who may write in a shared cache could have put a link in place of a folder
            if (!pointer.getParent().toRealPath().startsWith(folder().toRealPath())) {
                throw new UserError(pointer.getParent() + " is a link that leads out of the cache; remove it");
            }
            try {
                linkOrCopy(beside, pointer.getParent().relativize(blob(etag)), blob(etag));
                Files.move(beside, pointer, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw UserError.cannot("write " + pointer, e);
        }
        return pointer;
    }

    private static void linkOrCopy(Path link, Path target, Path blob) throws IOException {
        try {
            Files.createSymbolicLink(link, target);
        } catch (UnsupportedOperationException | IOException e) {
            // Windows lets only some users make links, and some shared disks nobody
            Files.copy(blob, link);
        }
    }

    static void createFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new UserError("the cache has a file " + e.getFile() + " where a folder belongs; remove it", e);
        } catch (IOException e) {
            throw UserError.cannot("make the folder " + folder, e);
        }
    }
}
