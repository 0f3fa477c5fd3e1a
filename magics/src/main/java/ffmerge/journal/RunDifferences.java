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
import java.util.stream.StreamSupport;

/**
 * What two runs don't have in common; how long they took is no difference, nor is in which folders their files lay: what is in
 * the files is told by their hashes.
 */
public final class RunDifferences {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Fields of results that say how fast something was. */
    private static final Set<String> TIMES = Set.of("seconds", "tokensPerSecond", "stepsPerSecond", "latency");

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
        if (isNumbers(a) && isNumbers(b) && ((JsonNode) a).size() == ((JsonNode) b).size()) {
            JsonNode as = (JsonNode) a;
            JsonNode bs = (JsonNode) b;
            int differ = 0;
            double most = 0;
            for (int i = 0; i < as.size(); i++) {
                double apart = Math.abs(as.get(i).asDouble() - bs.get(i).asDouble());
                differ += apart > 0 ? 1 : 0;
                most = Math.max(most, apart);
            }
            return new RunDifference(
                    of, name, as.size() + " numbers", differ + " of them differ, by at most " + Labels.number(most));
        }
        return new RunDifference(of, name, ofA, ofB);
    }

    private static boolean isNumbers(Object value) {
        return value instanceof JsonNode node
                && node.isArray()
                && StreamSupport.stream(node.spliterator(), false).allMatch(JsonNode::isNumber);
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
                    .filter(field -> !TIMES.contains(field.getKey()))
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
