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
    private static final String EXTENDS = "extends";
    private static final String HEADS = "heads";
    /** Lists of which a head's own stands behind the family's. */
    private static final List<String> JOINED = List.of("tensors", "ignored");

    static final List<ArchitectureTable> ALL = read(Families.class.getClassLoader());

    private Families() {}

    private static List<ArchitectureTable> read(ClassLoader loader) {
        Map<String, ObjectNode> byName = new TreeMap<>();
        ObjectMapper json = new ObjectMapper();
        try {
            for (URL folder : Collections.list(loader.getResources(FOLDER))) {
                inFolder(folder, json, byName);
            }
            for (String name : byName.keySet()) {
                byName.put(name, extended(byName.get(name), byName));
            }
            return byName.values().stream()
                    .flatMap(Families::byHead)
                    .map(tree -> json.convertValue(tree, ArchitectureTable.class))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void inFolder(URL folder, ObjectMapper json, Map<String, ObjectNode> byName)
            throws IOException, URISyntaxException {
        if (!folder.getProtocol().equals("jar")) {
            files(Path.of(folder.toURI()), json, byName);
            return;
        }
        Path file = Path.of(
                ((JarURLConnection) folder.openConnection()).getJarFileURL().toURI());
        try (FileSystem files = FileSystems.newFileSystem(file)) {
            files(files.getPath("/" + FOLDER), json, byName);
        }
    }

    private static void files(Path folder, ObjectMapper json, Map<String, ObjectNode> byName) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
                byName.put(file.getFileName().toString().replace(".json", ""), (ObjectNode)
                        json.readTree(Files.readAllBytes(file)));
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

    private static Stream<ObjectNode> byHead(ObjectNode table) {
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
    private static ObjectNode over(ObjectNode below, ObjectNode above) {
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
