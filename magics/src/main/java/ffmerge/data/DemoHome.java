package ffmerge.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.ModelFileNames;
import ffmerge.UserError;
import ffmerge.UserPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The folder of the demo models and data: {@code models/NAME/} and {@code data/NAME-SPLIT.EXTENSION}.
 *
 * @param folder null where there is none
 */
public record DemoHome(Path folder) {
    /** What the folder is to hold: these names are no hub's. */
    public static final List<String> MODELS =
            List.of("gpt2-novels", "olmo-dialogues", "opus-mt-tatoeba-zh-en", "vit-digits", "vit-signs");

    /** What each of them was made for. */
    private static final Map<String, String> DATA_OF = Map.of(
            "gpt2-novels", "novels",
            "olmo-dialogues", "chats",
            "opus-mt-tatoeba-zh-en", "tatoeba",
            "vit-digits", "digits",
            "vit-signs", "signs");

    private static final List<String> DATA_SETS = List.of("novels", "digits", "tatoeba", "dialogues", "chats", "signs");

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String VARIABLE = "FFMERGE_HOME";

    /** What {@code FFMERGE_HOME} names, else {@code environment} in the working folder or one above it. */
    public static DemoHome find() {
        String named = named();
        if (!named.isBlank()) {
            try {
                return new DemoHome(UserPath.of(named));
            } catch (UserError e) {
                return new DemoHome(null); // whoever asks for a demo model is told
            }
        }
        for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            Path environment = up.resolve("environment");
            if (Files.isDirectory(environment.resolve("models"))) {
                return new DemoHome(environment);
            }
        }
        return new DemoHome(null);
    }

    private static String named() {
        String environment = System.getenv(VARIABLE);
        return System.getProperty("ffmerge.home", environment == null ? "" : environment);
    }

    /**
     * Makes sure that a name is not one of a demo model or data set that ought to be here and isn't.
     *
     * @throws UserError if it is, with what to do
     */
    public void requireHere(String name) {
        String kind = MODELS.contains(name) ? "model" : DATA_SETS.contains(name) ? "data set" : "";
        if (kind.isEmpty() || models().contains(name) || dataSets().contains(name)) {
            return;
        }
        String there = folder != null
                ? "not in " + folder.toAbsolutePath()
                : "nowhere here"
                        + (named().isBlank() ? "" : ", as " + VARIABLE + " names no folder: '" + named() + "'");
        throw new UserError("the demo " + kind + " '" + name + "' is " + there + ": let " + VARIABLE
                + " name the folder 'environment' of ffmerge's checkout before Jupyter is started");
    }

    public List<String> models() {
        return list("models").stream()
                .filter(Files::isDirectory)
                .map(f -> f.getFileName().toString())
                .toList();
    }

    public List<String> dataSets() {
        return list("data").stream()
                .map(f -> f.getFileName().toString())
                .filter(name -> name.contains("-"))
                .map(name -> name.substring(0, name.lastIndexOf('-')))
                .distinct()
                .toList();
    }

    public Optional<Path> model(String name) {
        return models().contains(name) ? Optional.of(folder.resolve("models").resolve(name)) : Optional.empty();
    }

    /**
     * The name of the demo data that the model in this folder was made for, if it is a demo model, or was one before it was
     * made smaller and saved.
     */
    public Optional<String> dataOf(Path model) {
        boolean isDemo = folder != null
                && folder.resolve("models")
                        .toAbsolutePath()
                        .equals(model.toAbsolutePath().getParent());
        String name = isDemo ? model.getFileName().toString() : savedSource(model);
        return Optional.ofNullable(DATA_OF.get(name));
    }

    /** What a model was loaded as before it was saved in a folder, as {@code save} noted it there; else empty. */
    private static String savedSource(Path folder) {
        Path notes = folder.resolve(ModelFileNames.OUR_NOTES);
        if (!Files.isRegularFile(notes)) {
            return "";
        }
        try {
            return JSON.readTree(notes.toFile()).path("lineage").path("source").asText();
        } catch (IOException e) {
            return ""; // somebody else's file of that name
        }
    }

    /**
     * The file of a demo data set's split.
     *
     * @throws UserError if the set lacks the split
     */
    public Optional<Path> data(String name, Split split) {
        if (!dataSets().contains(name)) {
            return Optional.empty();
        }
        return Optional.of(list("data").stream()
                .filter(f -> f.getFileName().toString().startsWith(name + "-" + split.label() + "."))
                .findFirst()
                .orElseThrow(() -> new UserError("the data set " + name + " has no split " + split.label())));
    }

    /** The files of a demo data set by their names. */
    public Map<String, Path> dataFiles(String name) {
        Map<String, Path> files = new TreeMap<>();
        list("data").stream()
                .filter(f -> Stream.of(Split.values())
                        .anyMatch(split -> f.getFileName().toString().startsWith(name + "-" + split.label() + ".")))
                .forEach(f -> files.put(f.getFileName().toString(), f));
        return files;
    }

    private List<Path> list(String sub) {
        if (folder == null || !Files.isDirectory(folder.resolve(sub))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder.resolve(sub))) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + folder.resolve(sub), e);
        }
    }
}
