package ffmerge.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Beside;
import ffmerge.ModelFileNames;
import ffmerge.UserError;
import ffmerge.checkpoint.GgufCheckpoint;
import ffmerge.checkpoint.GgufFile;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A folder in Hugging Face layout for a GGUF file: config and tokenizer as the file has them, and where its weights are, which
 * stay in the file.
 */
public final class GgufFolder {
    private static final String ENDING = ".gguf";
    private static final List<String> TOKENIZER = List.of("tokenizer.json", "tokenizer_config.json");

    private GgufFolder() {}

    /**
     * The GGUF file that a path means: itself, or the only one of a folder that is no model's otherwise.
     *
     * @throws UserError if a folder holds several
     */
    public static Optional<Path> file(Path path) {
        if (Files.isRegularFile(path)) {
            return Optional.of(path).filter(GgufFolder::isNamedSo);
        }
        if (!Files.isDirectory(path) || Files.exists(path.resolve(ModelFileNames.CONFIG))) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(path)) {
            List<Path> found = files.filter(Files::isRegularFile)
                    .filter(GgufFolder::isNamedSo)
                    .sorted()
                    .toList();
            if (found.size() > 1) {
                throw new UserError(path + " holds " + found.size() + " GGUF files: name one of them, as "
                        + found.get(0).getFileName());
            }
            return found.stream().findFirst();
        } catch (IOException e) {
            throw UserError.cannot("list " + path, e);
        }
    }

    private static boolean isNamedSo(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(ENDING);
    }

    /** What a model of this file is called where no other name is given. */
    public static String name(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ENDING.length());
    }

    /**
     * Makes the folder, anew each time.
     *
     * @param under in which it lies
     * @param notice is told what isn't read
     * @throws UserError if the file isn't as it should be
     */
    public static Path of(Path file, Path under, Consumer<String> notice) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (GgufFile gguf = GgufFile.open(file)) {
            Object architecture = gguf.values().getOrDefault("general.architecture", "");
            GgufFamily family = GgufFamily.of(architecture.toString(), file.toString());
            ObjectNode config = GgufConfig.of(gguf, family);
            ObjectNode pointer = GgufConfig.pointer(gguf, family, config);
            files.put(ModelFileNames.CONFIG, PythonJson.write(config));
            files.put(GgufCheckpoint.POINTER, PythonJson.write(pointer));
            tokenizer(gguf, files, notice);
            String key = Integer.toHexString(
                    file.toAbsolutePath().normalize().toString().hashCode());
            return written(under.resolve(key).resolve(name(file)), files);
        } catch (IOException e) {
            throw UserError.cannot("make a folder for " + file, e);
        }
    }

    /** A tokenizer that lies beside the file is the one; else it is the file's own, where that is known here. */
    private static void tokenizer(GgufFile gguf, Map<String, byte[]> files, Consumer<String> notice)
            throws IOException {
        if (Files.isRegularFile(gguf.path().resolveSibling(TOKENIZER.get(0)))) {
            for (String name : TOKENIZER) {
                Path beside = gguf.path().resolveSibling(name);
                if (Files.isRegularFile(beside)) {
                    files.put(name, Files.readAllBytes(beside));
                }
            }
            return;
        }
        Optional<String> obstacle = GgufTokenizer.obstacle(gguf);
        if (obstacle.isPresent()) {
            notice.accept(gguf.path() + " is loaded without a tokenizer, as " + obstacle.get()
                    + "; put the model's tokenizer.json beside it for texts");
            return;
        }
        files.put(TOKENIZER.get(0), PythonJson.write(GgufTokenizer.of(gguf)));
        files.put(TOKENIZER.get(1), PythonJson.write(GgufTokenizer.config(gguf)));
    }

    private static Path written(Path folder, Map<String, byte[]> files) throws IOException {
        Files.createDirectories(folder);
        for (String name : TOKENIZER) {
            Files.deleteIfExists(folder.resolve(name)); // of what the file was before
        }
        for (Map.Entry<String, byte[]> each : files.entrySet()) {
            try (Beside beside = Beside.of(folder, each.getKey())) {
                Files.write(beside.path(), each.getValue());
                Files.move(beside.path(), folder.resolve(each.getKey()), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        return folder;
    }
}
