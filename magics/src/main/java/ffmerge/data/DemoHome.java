package ffmerge.data;

import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder of the demo models and data: {@code models/NAME/} and {@code data/NAME-SPLIT.EXTENSION}.
 *
 * @param folder null where there is none
 */
public record DemoHome(Path folder) {
    /** What {@code FFMERGE_HOME} names, else {@code environment} in the working folder or one above it. */
    public static DemoHome find() {
        String named = System.getProperty("ffmerge.home", System.getenv("FFMERGE_HOME"));
        if (named != null && !named.isBlank()) {
            return new DemoHome(Path.of(named));
        }
        for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            Path environment = up.resolve("environment");
            if (Files.isDirectory(environment.resolve("models"))) {
                return new DemoHome(environment);
            }
        }
        return new DemoHome(null);
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
