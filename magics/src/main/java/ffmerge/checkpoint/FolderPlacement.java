package ffmerge.checkpoint;

import ffmerge.Beside;
import ffmerge.FileKind;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;

/**
 * Gives a finished folder its name.
 *
 * <p>What is promised of a folder that is replaced: where the system exchanges two names in one step
 * ({@link AtomicExchange}), the name stands for the old folder or the new one at every moment, also for whoever kills the
 * process. Elsewhere the old folder is put aside and the new one moved in, two steps, between which nothing has the name: a
 * reader may find nothing for that moment, and where a process is killed in it, the next save or load beside it brings the
 * old folder back ({@link Beside#sweep}). In neither case is any file of either folder lost before the other has the name.
 */
final class FolderPlacement {
    /** How often a move is tried anew when other writers move the same folder. */
    private static final int ATTEMPTS = 50;

    private final Beside beside;
    private final Path target;
    private final Set<String> written;

    /**
     * @param target absolute
     * @param written names of the files of the new folder
     */
    FolderPlacement(Beside beside, Path target, Set<String> written) {
        this.beside = beside;
        this.target = target;
        this.written = written;
    }

    /**
     * Other writers may do the same at the same time: they take turns, and the last one's folder stays.
     *
     * @throws UserError if what stands there may not be replaced; it stays then
     */
    void place(boolean replace) throws IOException {
        for (int attempt = 1; ; attempt++) {
            // once more, as it may have changed while the weights were written
            ModelFolder.requireReplaceable(target, written, replace);
            try {
                // without replace only an empty place may be taken: another writer may have come since the check
                if (!replace || FileKind.of(target) == FileKind.NOTHING) {
                    Files.move(beside.path(), target, StandardCopyOption.ATOMIC_MOVE);
                    return;
                }
                if (exchange() || moveAside()) {
                    return;
                }
            } catch (IOException e) {
                if (!replace && FileKind.of(target) == FileKind.FOLDER) {
                    throw ModelFolder.alreadyThere(target);
                }
                if (!replace || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** The old folder stands in the new one's place afterwards, where it is deleted. */
    private boolean exchange() {
        if (!AtomicExchange.exchange(beside.path(), target)) {
            return false;
        }
        try {
            ModelFolder.requireNothingElse(beside.path(), target, written);
            return true;
        } catch (UserError e) {
            AtomicExchange.exchange(beside.path(), target); // somebody put something in it at the last moment
            throw e;
        }
    }

    /** @return false if another writer had just taken the old folder away */
    private boolean moveAside() throws IOException {
        Path old = beside.old();
        try {
            Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return false;
        }
        try {
            ModelFolder.requireNothingElse(old, target, written);
            Files.move(beside.path(), target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | UserError e) {
            moveBack(old);
            throw e;
        }
        beside.deleteOld();
        return true;
    }

    /** Unless another writer's folder stands there by now: then the old one has been replaced. */
    private void moveBack(Path old) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
                return;
            } catch (IOException e) {
                if (FileKind.of(target) != FileKind.NOTHING) {
                    beside.deleteOld();
                    return;
                }
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }
}
