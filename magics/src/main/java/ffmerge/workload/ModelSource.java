package ffmerge.workload;

import ffmerge.FileKind;
import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.checkpoint.ModelFolder;
import ffmerge.data.DemoHome;
import ffmerge.hub.Hub;
import ffmerge.hub.HubUnreachable;
import ffmerge.hub.Snapshot;
import ffmerge.hub.Unavailable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds models by name: demo models, folders in Hugging Face layout, models of the hub. */
public final class ModelSource {
    private final DemoHome home;
    private final HubAccess hub;

    ModelSource(DemoHome home, HubAccess hub) {
        this.home = home;
        this.hub = hub;
    }

    /**
     * A model that can be read.
     *
     * @param name what it is called where no other name is given
     * @param commit of a hub model, as {@code openai-community/gpt2@607a30d7}; empty for a folder
     * @param revision that commit in full
     */
    public record Found(Path folder, String name, Optional<String> commit, Optional<String> revision) {
        private static Found at(Path folder) {
            Path absolute = folder.toAbsolutePath().normalize();
            if (absolute.getFileName() == null) {
                throw new UserError(absolute + " is no model's folder");
            }
            return new Found(absolute, absolute.getFileName().toString(), Optional.empty(), Optional.empty());
        }
    }

    /** What a model is called where no other name is given. */
    public static String nameOf(String named) {
        return UserPath.exists(named)
                ? Found.at(UserPath.of(named)).name()
                : named.substring(named.lastIndexOf('/') + 1);
    }

    /**
     * Finds a model, and fetches one of the hub's.
     *
     * @param revision of a hub model
     * @throws UserError if there is none of this name
     */
    public Found find(String named, Optional<String> revision, Reporter reporter) {
        Optional<Path> local =
                home.model(named).or(() -> Optional.of(folder(named)).filter(Files::isDirectory));
        if (local.isPresent()) {
            if (revision.isPresent()) {
                throw new UserError("--revision is of a hub model; " + named + " is a folder here");
            }
            return Found.at(local.get());
        }
        home.requireHere(named);
        List<String> here = home.models();
        List<String> known = here.isEmpty() ? DemoHome.MODELS : here;
        // a slip in a demo model's name had better not become a question to the hub
        if (!Hub.isId(named) || Nearest.to(named, known).isPresent()) {
            String demos = here.isEmpty()
                    ? "the demo models are found through FFMERGE_HOME"
                    : "demo models are " + String.join(", ", known);
            throw new UserError("there is no model or folder '" + named + "'" + Nearest.hint(named, known, demos)
                    + "; of the hub's, name one as openai-community/gpt2");
        }
        Snapshot snapshot = fetch(named, revision.orElse(Hub.MAIN), reporter);
        String commit = HubAccess.shortened(snapshot.commit());
        if (snapshot.unreached()) {
            reporter.notice("The hub can't be reached; this is the copy in the cache, of commit " + commit + ".");
        }
        return new Found(
                snapshot.folder(), nameOf(named), Optional.of(named + "@" + commit), Optional.of(snapshot.commit()));
    }

    /** A folder of the user's, in which what an interrupted save left is put right first. */
    public static Path folder(String named) {
        Path folder = UserPath.of(named);
        FileKind kind = FileKind.behindLinks(folder);
        if (kind != FileKind.NOTHING && kind != FileKind.FOLDER && !(kind == FileKind.FILE && Hub.isId(named))) {
            throw new UserError("'" + named + "' is " + kind.label() + "; a model is a folder in Hugging Face layout");
        }
        ModelFolder.open(folder);
        return folder;
    }

    private Snapshot fetch(String id, String revision, Reporter reporter) {
        try {
            return hub.hub().model(id, revision, reporter.progress());
        } catch (Unavailable e) {
            UserError asked = HubAccess.withCached(e, id, hub.cachedModels());
            boolean mayBeFolder = e instanceof HubUnreachable || isInFolder(id);
            throw mayBeFolder
                    ? new UserError("there is no folder '" + id + "' here, and " + asked.getMessage(), e)
                    : asked;
        }
    }

    /** Whether it would lie in a folder that is there. */
    private static boolean isInFolder(String named) {
        Path above = UserPath.of(named).getParent();
        return above != null && Files.isDirectory(above);
    }

    /**
     * A model's name that means the same wherever the working folder is.
     *
     * @param named as a user wrote it
     */
    public String settled(String named) {
        return home.model(named).isEmpty() && UserPath.exists(named)
                ? UserPath.of(named).toAbsolutePath().normalize().toString()
                : named;
    }

    /** The folder of a demo model, or of a hub model that was fetched before; nobody is asked. */
    public Optional<Path> here(String name) {
        return home.model(name).or(() -> cached(name));
    }

    private Optional<Path> cached(String name) {
        return Hub.isId(name) && !UserPath.exists(name) ? hub.hub().cachedModel(name, Hub.MAIN) : Optional.empty();
    }
}
