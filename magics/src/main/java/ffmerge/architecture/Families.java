package ffmerge.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The families that the class path knows: each JSON file in a folder {@value #FOLDER}, of a jar or of classes. They are read
 * once. A file may name another one that it {@code extends}, whose entries it then has where it says nothing itself. A family
 * whose models have different {@code heads} is one table for each of them: the entries of a head stand over the family's own,
 * its tensors and what it ignores behind them.
 */
final class Families {
    private static final String FOLDER = "ffmerge/architecture";
    static final String EXTENDS = "extends";
    static final String HEADS = "heads";
    /** Lists of which a head's own stands behind the family's. */
    private static final List<String> JOINED = List.of("tensors", "ignored");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The files' trees, by their names without the ending. */
    private static final Map<String, ObjectNode> TREES = trees(Families.class.getClassLoader());

    /** The tables of the class path. */
    static final List<ArchitectureTable> ALL =
            TREES.values().stream().flatMap(Families::tables).toList();

    private Families() {}

    private static Map<String, ObjectNode> trees(ClassLoader loader) {
        Map<String, ObjectNode> byName = new TreeMap<>();
        try {
            for (URL folder : Collections.list(loader.getResources(FOLDER))) {
                inFolder(folder, byName);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        for (String name : byName.keySet()) {
            byName.put(name, extended(byName.get(name), byName));
        }
        return byName;
    }

    private static Stream<ArchitectureTable> tables(ObjectNode tree) {
        return byHead(tree).map(table -> JSON.convertValue(table, ArchitectureTable.class));
    }

    /** The name of the file that has a family's table on the class path. */
    static Optional<String> nameOf(String family) {
        return TREES.entrySet().stream()
                .filter(each -> each.getValue().path("family").asText().equals(family))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** What a table of the class path says. */
    static Optional<ObjectNode> tree(String name) {
        return Optional.ofNullable(TREES.get(name));
    }

    static Set<String> names() {
        return TREES.keySet();
    }

    private static void inFolder(URL folder, Map<String, ObjectNode> byName) throws IOException, URISyntaxException {
        if (!folder.getProtocol().equals("jar")) {
            files(Path.of(folder.toURI()), byName);
            return;
        }
        Path file = Path.of(
                ((JarURLConnection) folder.openConnection()).getJarFileURL().toURI());
        try (FileSystem files = FileSystems.newFileSystem(file)) {
            files(files.getPath("/" + FOLDER), byName);
        }
    }

    private static void files(Path folder, Map<String, ObjectNode> byName) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
                byName.put(file.getFileName().toString().replace(".json", ""), (ObjectNode)
                        JSON.readTree(Files.readAllBytes(file)));
            }
        }
    }

    private static ObjectNode extended(ObjectNode table, Map<String, ObjectNode> byName) {
        if (!table.has(EXTENDS)) {
            return table;
        }
        ObjectNode own = table.deepCopy();
        ObjectNode base = byName.get(own.remove(EXTENDS).asText());
        return over(extended(base, byName), own);
    }

    static Stream<ObjectNode> byHead(ObjectNode table) {
        if (!table.has(HEADS)) {
            return Stream.of(table);
        }
        ObjectNode family = table.deepCopy();
        List<ObjectNode> tables = new ArrayList<>();
        for (JsonNode head : family.remove(HEADS)) {
            ObjectNode whole = over(family, (ObjectNode) head);
            for (String list : JOINED) {
                ArrayNode joined = whole.arrayNode();
                joined.addAll(family.withArrayProperty(list));
                joined.addAll(((ObjectNode) head).withArrayProperty(list));
                whole.set(list, joined);
            }
            tables.add(whole);
        }
        return tables.stream();
    }

    /** The entries of one object over those of another; objects among them are merged likewise, lists replaced. */
    static ObjectNode over(ObjectNode below, ObjectNode above) {
        ObjectNode merged = below.deepCopy();
        above.properties().forEach(entry -> {
            JsonNode under = merged.get(entry.getKey());
            boolean both = under instanceof ObjectNode && entry.getValue() instanceof ObjectNode;
            merged.set(
                    entry.getKey(), both ? over((ObjectNode) under, (ObjectNode) entry.getValue()) : entry.getValue());
        });
        return merged;
    }
}
