package ffmerge.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.WholeFile;
import ffmerge.result.Run;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * A run in a file of its own, in JSON or YAML: what the log has of it, its recipe at the top; or in a zip file with what it
 * read.
 */
public final class RunFile {
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build());

    private static final String CAPSULE = "capsule";
    private static final String RECIPE = "recipe";

    private RunFile() {}

    /**
     * Writes a run, in place of a file that is there.
     *
     * @param files finds those of a model or of data, by kind and name, for a zip file
     * @throws UserError if the run can't be done again, the name says no form, or the file can't be written
     */
    public static void write(Run run, String file, BiFunction<String, String, Map<String, Path>> files) {
        if (run.capsule() == null) {
            throw new UserError(
                    "the run " + run.id() + " has no recipe: it was logged by an older version, which kept none");
        }
        if (run.capsule().missing() != null) {
            throw new UserError("the run " + run.id() + " can't be done again: "
                    + run.capsule().missing());
        }
        Path path = UserPath.of(file);
        String name =
                path.getFileName() == null ? "" : path.getFileName().toString().toLowerCase(Locale.ROOT);
        boolean isYaml = name.endsWith(".yaml") || name.endsWith(".yml");
        if (!isYaml && !name.endsWith(".json") && !RunArchive.isOne(path)) {
            throw new UserError("'" + file + "' says no form: --export takes a name that ends in .json, .yaml or .zip");
        }
        ObjectNode json = RunLog.json(run);
        ObjectNode whole = YAML.createObjectNode();
        whole.set(RECIPE, json.get(CAPSULE).get(RECIPE));
        whole.setAll(json);
        ((ObjectNode) whole.get(CAPSULE)).remove(RECIPE);
        if (RunArchive.isOne(path)) {
            RunArchive.write(path, whole, run.capsule(), files);
            return;
        }
        try {
            WholeFile.write(
                    path,
                    isYaml
                            ? YAML.writeValueAsBytes(whole)
                            : RunLog.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(whole));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // it was JSON before
        }
    }

    /**
     * Reads a run from a file's text.
     *
     * @return empty where the text is something else, as a recipe is
     * @throws UserError if the text is a run's and broken
     */
    public static Optional<Run> parse(String text) {
        JsonNode root;
        try {
            root = YAML.readTree(text);
        } catch (JsonProcessingException e) {
            return Optional.empty(); // whoever reads it as a recipe says where
        }
        if (root == null || !root.isObject() || !root.path(CAPSULE).isObject()) {
            return Optional.empty();
        }
        ObjectNode whole = (ObjectNode) root;
        if (whole.path(RECIPE).isArray()) {
            ((ObjectNode) whole.get(CAPSULE)).set(RECIPE, whole.get(RECIPE));
        }
        try {
            Run run = RunLog.JSON.treeToValue(whole, Run.class);
            if (run.capsule().recipe().isEmpty() || run.provenance() == null || run.command() == null) {
                throw new UserError("the file is a run's capsule without its recipe, command or provenance: export it"
                        + " anew with %ffmerge runs --export FILE");
            }
            return Optional.of(run);
        } catch (JsonProcessingException e) {
            throw new UserError(
                    "the file is a broken capsule of a run: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""),
                    e);
        }
    }

    /** A recipe in YAML. */
    public static String yaml(List<Map<String, Object>> recipe) {
        try {
            return YAML.writeValueAsString(recipe);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // plain values
        }
    }
}
