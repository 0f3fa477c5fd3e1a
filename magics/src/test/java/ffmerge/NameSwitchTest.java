package ffmerge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import ffmerge.evaluate.Metric;
import ffmerge.magic.command.Commands;
import ffmerge.model.WeightForm;
import ffmerge.model.WeightForms;
import ffmerge.result.Result;
import ffmerge.shrink.Ways;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Finds code that asks what a metric, a command, a way to shrink or a family is called, or of which class a result is. What
 * depends on one of these belongs to it: to its measure, its spec, its way, its table, its view; else a new one rings at
 * every such door.
 */
class NameSwitchTest {
    private static final Path SOURCES = Path.of("src/main/java/ffmerge");

    /** A name that is compared, or stands among the keys of a collection. */
    private static final String ASKED = "(?:case\\s+(?:\"[^\"]*\"\\s*,\\s*)*"
            + "|(?:equals|equalsIgnoreCase|startsWith|endsWith|contains|matches|indexOf)\\(\\s*"
            + "|\\b(?:Set|List|Map|Stream)\\.(?:of|entry)\\((?:[^;()]|\\([^;()]*\\))*?)\"%s\""
            + "|\"%s\"\\s*\\.equals\\(";

    /** What may stand at a name though it looks like a switch, by file. */
    private static final Set<String> ALLOWED = Set.of(
            "none in adapter/PeftConfig.java", // PEFT's word for no biases
            "permute in magic/command/SweepCommand.java", // what a sweep does unless it is told
            "none in magic/command/SweepCommand.java",
            "run in journal/RunDifferences.java", // the field of a cell that names its run
            // the list of forward passes
            "gpt2 in model/ForwardPasses.java",
            "vit in model/ForwardPasses.java",
            "marian in model/ForwardPasses.java",
            // the list of graphs
            "gpt2 in export/OnnxModel.java",
            "vit in export/OnnxModel.java",
            "marian in export/OnnxModel.java",
            // the list of families that GGUF has names for; and GGUF's words for a tokenizer and for positions as they
            // are
            "gpt2 in gguf/GgufFamily.java",
            "llama in gguf/GgufFamily.java",
            "gpt2 in gguf/GgufTokenizer.java",
            "none in gguf/GgufConfig.java");

    private static Set<String> found(Path file, String source, Collection<String> names, String pattern) {
        String code = source.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("(?m)//.*$", "");
        String where = SOURCES.relativize(file).toString().replace('\\', '/');
        Set<String> found = new TreeSet<>();
        for (String name : names) {
            Pattern asked = Pattern.compile(pattern.replace("%s", Pattern.quote(name)));
            String what = name + " in " + where;
            if (asked.matcher(code).find() && !ALLOWED.contains(what)) {
                found.add(what);
            }
        }
        return found;
    }

    private static Set<String> found(Collection<String> names, String pattern) throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                found.addAll(found(file, Files.readString(file), names, pattern));
            }
        }
        return found;
    }

    private static List<Measure> measures() {
        List<Measure> measures = new ArrayList<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("ffmerge.evaluate")) {
            if (type.isAssignableTo(Metric.class) && !type.isInterface()) {
                try {
                    measures.add((Measure) type.reflect().getField("MEASURE").get(null));
                } catch (ReflectiveOperationException e) {
                    throw new AssertionError(type + " has no measure", e);
                }
            }
        }
        return measures;
    }

    /** A metric's name is written where the metric is, and nowhere else. */
    @Test
    void metrics() throws IOException {
        List<String> names = measures().stream().map(Measure::name).toList();
        assertTrue(names.size() >= 4, names.toString());
        assertEquals(
                names.size(),
                found(names, "\"%s\"").size(),
                found(names, "\"%s\"").toString());
        assertEquals(Set.of(), found(names, ASKED));
    }

    @Test
    void commands() throws IOException {
        assertEquals(Set.of(), found(Commands.BUILT_IN.names(), ASKED));
    }

    @Test
    void waysToShrink() throws IOException {
        assertEquals(Set.of(), found(Ways.BUILT_IN.onWindows(), ASKED));
    }

    /**
     * A form's label is written where the form is, and nowhere else but as the name of a type of numbers, and among colours,
     * where one that isn't named has those of its command.
     */
    @Test
    void formsOfWeights() throws IOException {
        List<String> labels = WeightForms.ALL.stream().map(WeightForm::label).toList();
        Set<String> found = new TreeSet<>(found(labels, "\"%s\""));
        found.removeIf(place -> place.endsWith("DType.java")
                || place.endsWith("GgufType.java")
                || place.endsWith("plot/MethodStyle.java"));
        assertEquals(labels.size(), found.size(), found.toString());
    }

    @Test
    void families() throws IOException {
        try (Stream<Path> tables = Files.list(Path.of("src/main/resources/ffmerge/architecture"))) {
            List<String> names = tables.map(table -> table.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.replace(".json", ""))
                    .toList();
            assertTrue(names.contains("gpt2"), names.toString());
            assertEquals(Set.of(), found(names, ASKED));
        }
    }

    /** That a dry run gives another result is known where commands are run; a sweep's windows may be named by it, and looked at. */
    @Test
    void resultsByTheirClass() throws IOException {
        List<String> kinds = new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("ffmerge.result")
                        .stream()
                        .filter(type -> type.isAssignableTo(Result.class) && !type.isInterface())
                        .map(JavaClass::getSimpleName)
                        .toList();
        assertEquals(
                Set.of(
                        "DryRun in magic/CommandRunner.java",
                        "DryRun in magic/command/Command.java", // what any command may give
                        "FamiliesResult in magic/command/ModelsCommand.java", // what it gives besides
                        "ExploreResult in magic/command/ExploreCommand.java",
                        "SweepResult in magic/command/ExploreCommand.java",
                        "SweepResult in magic/command/Options.java"),
                found(kinds, "instanceof\\s+%s\\b"));
    }

    /** The search itself: each of these is a switch. */
    @Test
    void switchesAreFound() {
        for (String code : List.of(
                "case \"drop\" -> 1;",
                "case \"x\", \"drop\":",
                "if (method.equals(\"drop\"))",
                "\"drop\".equals(method)",
                "line.startsWith( \"drop\")",
                "Set<String> PICTURED = Set.of(\"x\", f(y), \"drop\");",
                "Map.entry(\"drop\", 1)")) {
            assertEquals(
                    Set.of("drop in A.java"), found(SOURCES.resolve("A.java"), code, List.of("drop"), ASKED), code);
        }
        for (String code : List.of("new Step(\"drop\")", "// case \"drop\"", "\"dropped\".equals(x)", "x(\"drop\")")) {
            assertEquals(Set.of(), found(SOURCES.resolve("A.java"), code, List.of("drop"), ASKED), code);
        }
    }
}
