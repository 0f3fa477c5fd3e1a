package ffmerge.journal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.result.Capsule;
import ffmerge.result.HashedFile;
import ffmerge.result.Labels;
import ffmerge.result.Provenance;
import ffmerge.result.Run;
import ffmerge.result.RunDifference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What two runs don't have in common; how long they took is no difference, nor is in which folders their files lay: what is in
 * the files is told by their hashes.
 */
public final class RunDifferences {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Fields of results that say how fast something was, what stood in the log, or what the recipe's steps say. */
    private static final Set<String> NO_RESULT =
            Set.of("seconds", "tokensPerSecond", "stepsPerSecond", "latency", "run", "reused", "key", "lineage");

    private final List<RunDifference> found = new ArrayList<>();

    private final FilePlaces placesOfA;
    private final FilePlaces placesOfB;

    private RunDifferences(FilePlaces placesOfA, FilePlaces placesOfB) {
        this.placesOfA = placesOfA;
        this.placesOfB = placesOfB;
    }

    public static List<RunDifference> of(Run a, Run b) {
        RunDifferences all = new RunDifferences(FilePlaces.of(a), FilePlaces.of(b));
        all.compare("command", Map.of("command", a.command()), Map.of("command", b.command()));
        all.compare(
                "command",
                Map.of("arguments", arguments(a, all.placesOfA)),
                Map.of("arguments", arguments(b, all.placesOfB)));
        all.compare("option", a.options(), b.options());
        all.compare("step", steps(a), steps(b));
        all.compare("file", files(a, all.placesOfA), files(b, all.placesOfB));
        all.compare("version", versions(a), versions(b));
        all.compare("device", devices(a), devices(b));
        Map<String, Object> resultOfA = new LinkedHashMap<>();
        Map<String, Object> resultOfB = new LinkedHashMap<>();
        leaves("", a.result(), resultOfA);
        leaves("", b.result(), resultOfB);
        all.compare("result", resultOfA, resultOfB);
        return all.found;
    }

    /** Between a cell of a grid and what measured the same without one. */
    public static List<RunDifference> ofCellAlone(Run cell, Run now) {
        RunDifferences all = new RunDifferences(FilePlaces.of(cell), FilePlaces.of(now));
        all.compare("file", files(cell, all.placesOfA), files(now, all.placesOfB));
        all.compare("version", versions(cell), versions(now));
        all.compare("device", devices(cell), devices(now));
        for (String field : List.of("value", "interval")) {
            Map<String, Object> resultOfCell = new LinkedHashMap<>();
            Map<String, Object> result = new LinkedHashMap<>();
            leaves(field, cell.result().path("model").path(field), resultOfCell);
            leaves(field, now.result().path(field), result);
            all.compare("result", resultOfCell, result);
        }
        return all.found;
    }

    private void compare(String of, Map<String, ?> a, Map<String, ?> b) {
        Set<String> names = new LinkedHashSet<>(a.keySet());
        names.addAll(b.keySet());
        for (String name : names) {
            String ofA = text(a.get(name));
            String ofB = text(b.get(name));
            if (!placesOfA.without(ofA).equals(placesOfB.without(ofB))) {
                found.add(difference(of, name, a.get(name), b.get(name), ofA, ofB));
            }
        }
    }

    private static String arguments(Run run, FilePlaces places) {
        return run.arguments().stream().map(places::without).collect(Collectors.joining(" "));
    }

    private static RunDifference difference(String of, String name, Object a, Object b, String ofA, String ofB) {
        double[] as = numbers(a);
        double[] bs = numbers(b);
        if (as.length == 0 || as.length != bs.length) {
            return new RunDifference(of, name, ofA, ofB);
        }
        int differ = 0;
        double most = 0;
        for (int i = 0; i < as.length; i++) {
            double apart = Math.abs(as[i] - bs[i]);
            differ += apart > 0 ? 1 : 0;
            most = Math.max(most, apart);
        }
        return new RunDifference(
                of, name, as.length + " numbers", differ + " of them differ, by at most " + Labels.number(most));
    }

    /** Of a list that holds nothing but numbers, or lists of them; none of anything else. */
    private static double[] numbers(Object value) {
        return value instanceof JsonNode node && isNumbers(node)
                ? all(node).mapToDouble(JsonNode::asDouble).toArray()
                : new double[0];
    }

    private static boolean isNumbers(JsonNode node) {
        return node.isArray() && all(node).allMatch(JsonNode::isNumber);
    }

    /** What stands in lists in a list. */
    private static Stream<JsonNode> all(JsonNode node) {
        return node.isArray()
                ? StreamSupport.stream(node.spliterator(), false).flatMap(RunDifferences::all)
                : Stream.of(node);
    }

    /** What was done before the run itself, whose options stand alone. */
    private static Map<String, Object> steps(Run run) {
        Map<String, Object> steps = new LinkedHashMap<>();
        if (run.capsule() == null) {
            steps.put("1", run.provenance().model()); // of older logs
            return steps;
        }
        List<Map<String, Object>> recipe = run.capsule().recipe();
        for (int i = 0; i < recipe.size() - 1; i++) {
            steps.put(String.valueOf(i + 1), recipe.get(i));
        }
        return steps;
    }

    private static Map<String, String> files(Run run, FilePlaces places) {
        Map<String, String> files = new LinkedHashMap<>();
        List<HashedFile> all = run.capsule() == null ? List.of() : run.capsule().files();
        all.forEach(file -> files.put(places.without(file.label()), Capsules.shortened(file.sha256())));
        return files;
    }

    private static Map<String, String> versions(Run run) {
        Provenance provenance = run.provenance();
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("ffmerge", provenance.version());
        versions.put("java", provenance.java());
        Capsule capsule = run.capsule();
        if (capsule != null) {
            versions.putAll(capsule.versions());
        }
        return versions;
    }

    private static Map<String, String> devices(Run run) {
        Map<String, String> devices = new LinkedHashMap<>();
        devices.put("machine", run.provenance().machine());
        devices.put("threads", String.valueOf(run.provenance().threads()));
        if (run.capsule() != null) {
            devices.putAll(run.capsule().devices());
        }
        return devices;
    }

    /** Each value by its place, as {@code rows[1].value}; a list of numbers is one. */
    private static void leaves(String place, JsonNode node, Map<String, Object> all) {
        if (node == null || node.isMissingNode()) {
            return;
        }
        if (node.isObject()) {
            node.properties().stream()
                    .filter(field -> !NO_RESULT.contains(field.getKey()))
                    .forEach(field -> leaves(
                            place.isEmpty() ? field.getKey() : place + "." + field.getKey(), field.getValue(), all));
        } else if (node.isArray() && !isNumbers(node)) {
            for (int i = 0; i < node.size(); i++) {
                leaves(place + "[" + i + "]", node.get(i), all);
            }
        } else {
            all.put(place, node);
        }
    }

    private static String text(Object value) {
        if (value == null) {
            return "";
        }
        JsonNode json = JSON.valueToTree(value);
        return json.isTextual() ? json.asText() : Objects.toString(json);
    }
}
