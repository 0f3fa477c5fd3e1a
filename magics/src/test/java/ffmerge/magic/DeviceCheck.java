package ffmerge.magic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import ffmerge.Expected;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs the sections of {@code environment/bench/device-check.yaml} on the CPU and on another device, and says of each
 * whether its results agree, in one line. {@code gpu.py} runs it before it measures.
 */
public final class DeviceCheck {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** What two runs needn't have in common: times, what says where a model is, and which of equal units goes with which. */
    private static final Set<String> OWN = Set.of(
            "seconds", "tokensPerSecond", "stepsPerSecond", "latency", "device", "permutation", "folder", "source");

    private static final Pattern NUMBER = Pattern.compile("\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?");

    private static final Pattern DROPOUT = Pattern.compile("(\"\\w*(?:drop|pdrop)\\w*\"\\s*:\\s*)[\\d.]+");

    private final Path state;
    private final String device;

    private DeviceCheck(Path state, String device) {
        this.state = state;
        this.device = device;
    }

    /** @param arguments the file of sections, a folder for state, the device, and titles of sections if not all are meant */
    public static void main(String[] arguments) throws IOException {
        JsonNode sections = new YAMLMapper().readTree(Path.of(arguments[0]).toFile());
        List<String> titles = Arrays.asList(arguments).subList(3, arguments.length);
        boolean agree = true;
        for (JsonNode section : sections) {
            if (titles.isEmpty() || titles.contains(section.get("title").asText())) {
                agree &= new DeviceCheck(Path.of(arguments[1]), arguments[2]).agrees(section);
            }
        }
        System.exit(agree ? 0 : 1);
    }

    private boolean agrees(JsonNode section) {
        String title = section.get("title").asText();
        double tolerance = section.get("tolerance").asDouble();
        try {
            long start = System.nanoTime();
            List<JsonNode> expected = results(section, "cpu");
            long between = System.nanoTime();
            List<JsonNode> given = results(section, device);
            long end = System.nanoTime();
            Comparison comparison = new Comparison(tolerance);
            for (int i = 0; i < expected.size(); i++) {
                String step = section.get("steps").get(i).toString();
                double before = comparison.largest;
                comparison.largest = 0;
                comparison.compare(step, expected.get(i), given.get(i));
                System.err.printf(Locale.ROOT, "%.1e %s%n", comparison.largest, step);
                comparison.largest = Math.max(before, comparison.largest);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s %s: %d results, largest difference %.1e of at most %.1e; cpu %.1f s, %s %.1f s%n",
                    comparison.differences.isEmpty() ? "PASS" : "FAIL",
                    title,
                    expected.size(),
                    comparison.largest,
                    tolerance,
                    (between - start) / 1e9,
                    device,
                    (end - between) / 1e9);
            comparison.differences.stream().limit(8).forEach(line -> System.out.println("     " + line));
            return comparison.differences.isEmpty();
        } catch (RuntimeException | IOException e) {
            System.out.println("FAIL " + title + ": " + e);
            e.printStackTrace();
            return false;
        }
    }

    /** The results of a section's steps on one device. */
    private List<JsonNode> results(JsonNode section, String on) throws IOException {
        Path folder = Files.createTempDirectory(Files.createDirectories(state), "check");
        String steps = section.get("steps").toString().replace("DEVICE", on).replace("FOLDER", folder.toString());
        for (Path model : demoModels()) {
            String name = model.getFileName().toString();
            if (steps.contains("\"load\":\"" + name + "\"")) {
                Path copy = withoutDropout(model, folder.resolve(name));
                steps = steps.replace("\"load\":\"" + name + "\"", "\"load\":\"" + copy + "\"");
            }
        }
        List<JsonNode> results = new ArrayList<>();
        RecipeProcess.run(steps, folder.resolve("state"), (command, result) -> results.add(JSON.valueToTree(result)));
        return results;
    }

    private static List<Path> demoModels() throws IOException {
        try (Stream<Path> models = Files.list(Expected.home().resolve("models"))) {
            return models.filter(Files::isDirectory).toList();
        }
    }

    private static Path withoutDropout(Path model, Path copy) throws IOException {
        Files.createDirectories(copy);
        try (Stream<Path> files = Files.list(model)) {
            files.forEach(file -> copy(file, copy.resolve(file.getFileName())));
        }
        Path config = copy.resolve("config.json");
        String text = Files.readString(config);
        Files.delete(config);
        Files.writeString(config, DROPOUT.matcher(text).replaceAll("$10.0"));
        return copy;
    }

    private static void copy(Path file, Path at) {
        try {
            Files.copy(file, at);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gathers in what results differ. */
    private static final class Comparison {
        private final double tolerance;
        private final List<String> differences = new ArrayList<>();
        private double largest;

        Comparison(double tolerance) {
            this.tolerance = tolerance;
        }

        void compare(String where, JsonNode expected, JsonNode given) {
            if (expected instanceof ObjectNode object) {
                object.properties().stream()
                        .filter(field -> !OWN.contains(field.getKey()))
                        .forEach(field ->
                                compare(where + " " + field.getKey(), field.getValue(), given.path(field.getKey())));
            } else if (expected.isArray() && given.size() == expected.size()) {
                for (int i = 0; i < expected.size(); i++) {
                    compare(where + "[" + i + "]", expected.get(i), given.get(i));
                }
            } else if (expected.isNumber() && given.isNumber()) {
                compare(where, expected.asDouble(), given.asDouble());
            } else if (isText(expected, given)) {
                compare(where, numbers(expected), numbers(given));
            } else if (!expected.equals(given)) {
                differences.add(where + ": " + expected + " and " + given);
            }
        }

        /** Whether both say the same but for their numbers. */
        private static boolean isText(JsonNode expected, JsonNode given) {
            return expected.isTextual()
                    && given.isTextual()
                    && NUMBER.matcher(expected.asText())
                            .replaceAll("#")
                            .equals(NUMBER.matcher(given.asText()).replaceAll("#"));
        }

        private static JsonNode numbers(JsonNode text) {
            ArrayNode numbers = JSON.createArrayNode();
            NUMBER.matcher(text.asText()).results().forEach(n -> numbers.add(Double.parseDouble(n.group())));
            return numbers;
        }

        private void compare(String where, double expected, double given) {
            double size = Math.max(1, Math.max(Math.abs(expected), Math.abs(given)));
            double difference = Double.compare(expected, given) == 0 ? 0 : Math.abs(expected - given) / size;
            if (!(difference <= tolerance)) { // NaN neither
                differences.add(where + ": " + expected + " and " + given);
            }
            largest = Math.max(largest, difference);
        }
    }
}
