package ffmerge.torch;

import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder of libtorch that the user names in {@code PYTORCH_LIBRARY_PATH}. DJL loads it whatever its version is, and one
 * that its native code doesn't fit ends the JVM; so it is looked at before.
 *
 * @param version as the files beside it say; empty where none does
 * @param cuda whether it can use a GPU
 */
record TorchLibrary(Path folder, Optional<String> version, boolean cuda) {
    static final String PATH = "PYTORCH_LIBRARY_PATH";
    /** What DJL's native code was tried with; environment/torch_library.py holds the same. */
    static final List<String> RUNS_ON = List.of("2.7.1", "2.8.0");

    private static final String REMEDY =
            "; unset it to use the one that comes with ffmerge, or see environment/ffmerge doctor";
    /** A pip torch has {@code version.py} beside its {@code lib}, libtorch's own archive has {@code build-version}. */
    private static final List<String> VERSION_FILES = List.of("version.py", "build-version");

    private static final Pattern VERSION =
            Pattern.compile("(?:__version__ = '|^)(\\d+\\.\\d+\\.\\d+)", Pattern.MULTILINE);

    /** @throws UserError if there is no libtorch */
    static TorchLibrary at(Path folder) {
        if (!Files.exists(folder.resolve(System.mapLibraryName("torch_cpu")))) {
            throw new UserError(
                    PATH + "=" + folder + " holds no libtorch: of a pip torch it is the folder torch/lib" + REMEDY);
        }
        return new TorchLibrary(
                folder, version(folder), Files.exists(folder.resolve(System.mapLibraryName("torch_cuda"))));
    }

    private static Optional<String> version(Path folder) {
        for (String name : VERSION_FILES) {
            Path file = folder.toAbsolutePath().normalize().resolveSibling(name);
            try {
                Matcher version = VERSION.matcher(Files.exists(file) ? Files.readString(file) : "");
                if (version.find()) {
                    return Optional.of(version.group(1));
                }
            } catch (IOException e) {
                throw UserError.cannot("read " + file, e);
            }
        }
        return Optional.empty();
    }

    /**
     * Whether DJL's native code lies beside it, built from DJL's sources for this very libtorch: DJL takes it before any
     * that it brings along.
     */
    private boolean hasOwnNativeCode() {
        return Files.exists(folder.resolve(System.mapLibraryName("djl_torch")));
    }

    /** @throws UserError if the version is known to be another than DJL's native code runs on */
    void requireFits() {
        if (hasOwnNativeCode()) {
            return;
        }
        version.filter(v -> !RUNS_ON.contains(v)).ifPresent(v -> {
            throw new UserError(PATH + "=" + folder + " is torch " + v + ", and DJL's native code runs on "
                    + String.join(" and ", RUNS_ON) + REMEDY);
        });
    }

    /** Which of DJL's native codes fits it. */
    String flavor() {
        return cuda ? "cu128" : "cpu";
    }
}
