package ffmerge.architecture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Clauses;
import ffmerge.FileKind;
import ffmerge.Nearest;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.json.PlacedTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The families that a user describes: each JSON file in {@code .ffmerge/families} of the working folder, or in the folder that
 * {@code FFMERGE_FAMILIES} names. They are read again whenever a file has changed.
 *
 * @param folder in which the files are
 * @param stamp of the files that were read
 * @param tables what they say
 * @param files by the tables' families
 */
record OwnFamilies(Path folder, String stamp, List<ArchitectureTable> tables, Map<String, Path> files) {
    private static final String FOLDER = "families";
    private static final ObjectMapper JSON = new ObjectMapper();
    /** What a table must say, with an example. */
    private static final Map<String, String> NEEDED = new TreeMap<>(Map.of(
            "family", "what it is called, \"bloom\"",
            "title", "what people call it, \"BLOOM\"",
            "modelTypes", "the words that config.json has under model_type, [\"bloom\"]",
            "task", "what its models do, \"language-modelling\"",
            "pass", "the forward pass that its models have, \"decoder\"",
            "prefixes", "what may stand before all names of tensors, [\"model.\", \"\"]",
            "sizes", "how long each axis is, {\"model\": [\"hidden_size\"]}",
            "settings", "what the pass asks for",
            "tensors", "the tensors outside of layers",
            "stacks", "the tensors of layers"));

    private static OwnFamilies last = new OwnFamilies(Path.of(""), "", List.of(), Map.of());

    /** The folder in which a user's families are looked for; it need not be there. */
    static Path place() {
        String named = System.getProperty("ffmerge.families", System.getenv("FFMERGE_FAMILIES"));
        if (named != null && !named.isBlank()) {
            return UserPath.of(named);
        }
        Path state = StateFolder.find().folder();
        return (state == null ? Path.of(".ffmerge") : state).resolve(FOLDER);
    }

    /** @throws UserError with file, line and column if one of the files is no family's table */
    static synchronized OwnFamilies find() {
        Path folder = place();
        List<Path> files = files(folder);
        String stamp =
                folder.toAbsolutePath() + files.stream().map(OwnFamilies::stamp).collect(Collectors.joining());
        if (!stamp.equals(last.stamp)) {
            last = read(folder, stamp, files);
        }
        return last;
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".json")).sorted().toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + folder, e);
        }
    }

    private static String stamp(Path file) {
        try {
            return "\n" + file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return "\n" + file; // said when it is read
        }
    }

    private static OwnFamilies read(Path folder, String stamp, List<Path> files) {
        Map<String, PlacedTree> byName = new TreeMap<>();
        for (Path file : files) {
            FileKind.requireReadable(file);
            String name = file.getFileName().toString().replaceFirst("\\.json$", "");
            byName.put(name, PlacedTree.ofJson(text(file), file.toString()));
        }
        List<ArchitectureTable> tables = new ArrayList<>();
        Map<String, Path> origin = new TreeMap<>();
        Set<String> taken = Families.ALL.stream()
                .flatMap(t -> t.modelTypes().stream())
                .collect(Collectors.toCollection(HashSet::new));
        for (Map.Entry<String, PlacedTree> each : byName.entrySet()) {
            PlacedTree own = each.getValue();
            List<ArchitectureTable> all = tables(own, extended(each.getKey(), byName, new LinkedHashSet<>()));
            for (String type : all.get(0).modelTypes()) {
                if (!taken.add(type)) {
                    throw new UserError(own.exactPlace("/modelTypes") + ": the model_type '" + type
                            + "' has a table already; a config.json with another model_type is read by this one");
                }
            }
            all.forEach(table -> origin.put(table.family(), Path.of(own.source())));
            tables.addAll(all);
        }
        return new OwnFamilies(folder, stamp, List.copyOf(tables), Map.copyOf(origin));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    /** The entries of a file, over those of the one that it extends: another file of the user's, or a table that is built in. */
    private static ObjectNode extended(String name, Map<String, PlacedTree> byName, Set<String> above) {
        PlacedTree own = byName.get(name);
        if (!own.tree().has(Families.EXTENDS)) {
            return own.tree();
        }
        above.add(name);
        String base = own.tree().get(Families.EXTENDS).asText();
        ObjectNode entries = own.tree().deepCopy();
        entries.remove(Families.EXTENDS);
        String place = own.exactPlace("/" + Families.EXTENDS);
        if (above.contains(base)) {
            throw new UserError(place + ": '" + base + "' extends this one in turn");
        }
        if (byName.containsKey(base)) {
            return Families.over(extended(base, byName, above), entries);
        }
        ObjectNode builtIn = Families.tree(base)
                .orElseThrow(() -> new UserError(place + ": there is no family '" + base + "'"
                        + Nearest.hint(base, Families.names(), "there are " + String.join(", ", Families.names()))));
        return Families.over(builtIn, entries);
    }

    private static List<ArchitectureTable> tables(PlacedTree own, ObjectNode whole) {
        NEEDED.forEach((field, what) -> {
            if (!whole.hasNonNull(field)) {
                throw new UserError(own.exactPlace("") + ": a family's table needs '" + field + "': " + what);
            }
        });
        if (!whole.has("ignored")) {
            whole.putArray("ignored");
        }
        List<ArchitectureTable> tables =
                Families.byHead(whole).map(tree -> table(own, tree)).toList();
        for (ArchitectureTable table : tables) {
            if (table.modelTypes().isEmpty() || table.stacks().isEmpty()) {
                String empty = table.stacks().isEmpty() ? "stacks" : "modelTypes";
                throw new UserError(own.exactPlace("/" + empty) + ": '" + empty + "' is empty");
            }
            requireTask(own, table.task());
        }
        return tables;
    }

    private static void requireTask(PlacedTree own, String task) {
        List<String> known = Arrays.stream(Architecture.Task.values())
                .map(t -> t.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .toList();
        if (!known.contains(task)) {
            throw new UserError(own.exactPlace("/task") + ": there is no task '" + task + "'"
                    + Nearest.hint(task, known, "there are " + String.join(", ", known)));
        }
    }

    private static ArchitectureTable table(PlacedTree own, ObjectNode tree) {
        try {
            return JSON.treeToValue(tree, ArchitectureTable.class);
        } catch (UnrecognizedPropertyException e) {
            Stream<String> ofFile = e.getPath().size() == 1 ? Stream.of(Families.EXTENDS, Families.HEADS) : Stream.of();
            List<String> known = Stream.concat(
                            ofFile, e.getKnownPropertyIds().stream().map(Object::toString))
                    .sorted()
                    .toList();
            throw new UserError(own.exactPlace(pointer(e)) + ": there is no entry '" + e.getPropertyName() + "' here"
                    + Nearest.hint(e.getPropertyName(), known, "there are " + String.join(", ", known)));
        } catch (JsonMappingException e) {
            JsonNode there = tree.at(pointer(e));
            throw new UserError(own.exactPlace(pointer(e)) + ": "
                    + Clauses.join("this can't be read", there.isMissingNode() ? "" : "it is " + there));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // it is a tree already
        }
    }

    /** To where a mistake is. */
    private static String pointer(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> "/" + (step.getFieldName() == null ? step.getIndex() : step.getFieldName()))
                .collect(Collectors.joining());
    }

    /** The file that a family is read from; none where it is built in. */
    Optional<Path> file(String family) {
        return Optional.ofNullable(files.get(family));
    }
}
