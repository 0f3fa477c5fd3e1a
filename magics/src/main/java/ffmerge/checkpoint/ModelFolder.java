package ffmerge.checkpoint;

import ffmerge.Beside;
import ffmerge.FileKind;
import ffmerge.ModelFileNames;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A folder as a model's: what of it may be read, copied or replaced. */
public final class ModelFolder {
    private static final String REMEDY = "; name another folder";
    private static final int SHOWN = 3;
    private static final long LARGEST_COPIED = 64 << 20;
    /** Where the hub's cache has a repository's commits, and the files that their links lead to. */
    private static final String SNAPSHOTS = "snapshots";

    private static final String BLOBS = "blobs";

    private ModelFolder() {}

    /**
     * Makes a folder ready to be read: what killed processes left beside it is swept, a folder that one had put aside is
     * brought back, and none of its files is a pipe that would be waited at.
     *
     * @throws UserError if one of the model's files is no file
     */
    public static void open(Path folder) {
        Path above = folder.toAbsolutePath().getParent();
        if (above != null) {
            Beside.sweep(above);
        }
        if (Files.isDirectory(folder)) {
            list(folder).stream()
                    .filter(f -> ModelFileNames.isModelFile(name(f)))
                    .forEach(FileKind::requireReadable);
        }
    }

    /** The files that make a model, or adapters, by their names; what else lies in the folder has no part in it. */
    public static Map<String, Path> modelFiles(Path folder) {
        Map<String, Path> files = new TreeMap<>();
        if (Files.isDirectory(folder)) {
            list(folder).stream()
                    .filter(f -> ModelFileNames.isModelFile(name(f)))
                    .filter(Files::isRegularFile)
                    .forEach(f -> files.put(name(f), f));
        }
        return files;
    }

    /**
     * The files beside the weights that a copy of the model needs. Links are not followed, as they may lead to anything; but
     * those of the hub's cache, whose every file is a link to one of the same repository's blobs.
     *
     * @param notice is told what is a model's file by its name and still not copied
     */
    public static Map<String, byte[]> copyBesideWeights(Path folder, Consumer<String> notice) {
        Map<String, byte[]> files = new TreeMap<>();
        for (Path file : list(folder)) {
            if (!ModelFileNames.isBesideWeights(name(file))) {
                continue;
            }
            try {
                FileKind kind = isBlob(file) ? FileKind.FILE : FileKind.of(file);
                if (kind != FileKind.FILE) {
                    notice.accept(file + " is " + kind.label() + " and was not copied");
                } else if (Files.size(file) > LARGEST_COPIED) {
                    notice.accept(file + " is larger than " + (LARGEST_COPIED >> 20) + " MB and was not copied");
                } else {
                    files.put(name(file), Files.readAllBytes(file));
                }
            } catch (IOException e) {
                throw UserError.cannot("read " + file, e);
            }
        }
        return files;
    }

    private static boolean isBlob(Path file) throws IOException {
        Path snapshots = file.toAbsolutePath().getParent().getParent();
        if (snapshots == null || !snapshots.endsWith(SNAPSHOTS) || FileKind.behindLinks(file) != FileKind.FILE) {
            return false;
        }
        Path blobs = snapshots.resolveSibling(BLOBS);
        return FileKind.of(blobs) == FileKind.FOLDER && file.toRealPath().startsWith(blobs.toRealPath());
    }

    /**
     * Makes sure that a folder may be written here: in place of nothing, or of a model's folder that holds nothing else.
     *
     * @param target absolute
     * @param written names of the files that will stand in it, which may be there before as well
     * @param replace whether a folder that is there may be replaced
     * @throws UserError if anything else stands there; nothing was opened
     */
    static void requireReplaceable(Path target, Set<String> written, boolean replace) {
        requirePlace(target, replace);
        if (FileKind.of(target) == FileKind.FOLDER) {
            requireNothingElse(target, target, written);
        }
    }

    /**
     * What can be asked before there is anything to write: whether a folder can have this name.
     *
     * @param replace whether a folder that is there may be replaced
     * @throws UserError if the working folder, something that is no folder, or a folder that is to stay has it
     */
    public static void requirePlace(Path folder, boolean replace) {
        Path target = folder.toAbsolutePath().normalize();
        if (isAboveWorkingFolder(target)) {
            throw new UserError(target + " holds the working folder" + REMEDY);
        }
        FileKind kind = FileKind.of(target);
        if (kind == FileKind.NOTHING) {
            return;
        }
        if (kind == FileKind.LINK) {
            throw new UserError(target + " is a link; name the folder that it leads to, or another");
        }
        if (kind != FileKind.FOLDER) {
            throw new UserError(target + " is " + kind.label() + "; name a folder");
        }
        if (!replace) {
            throw alreadyThere(target);
        }
    }

    static UserError alreadyThere(Path folder) {
        return new UserError(folder + " is already there; name another folder, or add --replace");
    }

    /**
     * Makes sure that a folder holds a model's files and nothing else.
     *
     * @param named as the message calls it
     */
    static void requireNothingElse(Path folder, Path named, Set<String> written) {
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.sorted().toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return; // another writer is just replacing it
        } catch (IOException e) {
            throw UserError.cannot("list " + folder, e);
        }
        List<Path> others = files.stream()
                .filter(f -> FileKind.of(f) != FileKind.FILE
                        || !ModelFileNames.isModelFile(name(f)) && !written.contains(name(f)))
                .toList();
        boolean model = files.stream().anyMatch(f -> ModelFileNames.marksModel(name(f)));
        if (!files.isEmpty() && !model) {
            throw new UserError(named + " holds other files and no model, so it is not replaced" + REMEDY);
        }
        if (!others.isEmpty()) {
            String shown =
                    others.stream().limit(SHOWN).map(ModelFolder::described).collect(Collectors.joining(", "));
            String more = others.size() > SHOWN ? " and " + (others.size() - SHOWN) + " more" : "";
            throw new UserError(named + " also holds what is no file of a model, " + shown + more
                    + ", so it is not replaced; move that elsewhere, or name another folder");
        }
    }

    private static String described(Path file) {
        FileKind kind = FileKind.of(file);
        return kind == FileKind.FILE ? name(file) : name(file) + " (" + kind.label() + ")";
    }

    private static boolean isAboveWorkingFolder(Path target) {
        Path here = Path.of("").toAbsolutePath();
        try {
            return here.startsWith(target) || here.toRealPath().startsWith(target.toRealPath());
        } catch (IOException e) {
            return false; // no such folder
        }
    }

    /** What a folder holds of weights in forms that aren't read here, at the end of a message; "" if it holds none. */
    static String otherWeights(Path folder) {
        return list(folder).stream()
                .map(ModelFolder::name)
                .filter(name -> ModelFileNames.isOtherWeights(name))
                .findFirst()
                .map(name ->
                        "; it holds " + name + ", of another form: the model's own page may have it as safetensors")
                .orElse("");
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + folder, e);
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }
}
