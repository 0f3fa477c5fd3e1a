package ffmerge;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noCodeUnits;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the packages to their table: data flows down it, never up, and native memory stays where it is marked. */
class PackageTableTest {
    /** A package of ours, those of ours that it may use beside the root, and what it may use of other people's. */
    private record Row(String name, Set<String> own, Set<String> foreign) {
        static Row of(String name, String own, String... foreign) {
            return new Row(name, own.isEmpty() ? Set.of() : Set.of(own.split(" ")), Set.of(foreign));
        }
    }

    /** Whose public methods may speak of DJL's arrays. */
    private static final Set<String> MARKED_DJL = Set.of(
            "data",
            "torch",
            "model",
            "align",
            "average",
            "generate",
            "activation",
            "similarity",
            "correlation",
            "tune",
            "evaluate");

    private static final String DJL = "ai.djl..";
    private static final String JACKSON = "com.fasterxml.jackson..";
    private static final String JNA = "com.sun.jna..";
    /** A word on a record says how it is written. */
    private static final String JSON_NAMES = "com.fasterxml.jackson.annotation..";

    private static final String DUCKDB = "org.duckdb..";
    private static final String ND4J = "org.nd4j..";
    private static final String JJAVA = "org.dflib.jjava..";
    private static final String TABLESAW = "tech.tablesaw..";
    private static final String XCHART = "org.knowm.xchart..";

    /** Everything below the notebook's skin. */
    private static final String STAGES =
            "json torch checkpoint architecture adapter data model generate activation similarity"
                    + " correlation permutation align average merge prune shrink workload tune evaluate";

    /** From the ground up. */
    private static final List<Row> TABLE = List.of(
            Row.of("json", "", JACKSON, "org.yaml.snakeyaml.."),
            Row.of("checkpoint", "json", JACKSON, JNA),
            // java.net.http too, which is the JDK's
            Row.of("hub", "json", JACKSON),
            Row.of("torch", "checkpoint", DJL, JNA),
            Row.of("architecture", "checkpoint json", JACKSON),
            Row.of("process", ""),
            Row.of("tokenize", "json process", DJL, JACKSON, JNA, "org.slf4j"),
            Row.of("picture", "", "com.twelvemonkeys.."),
            Row.of("data", "json tokenize picture process", DJL, JACKSON, DUCKDB),
            Row.of("task", "data json", JACKSON, "org.apache.commons.math3.random.."),
            Row.of("adapter", "json checkpoint architecture", JACKSON),
            Row.of("generate", "architecture", JACKSON),
            Row.of("model", "checkpoint architecture adapter data generate torch", DJL),
            // what is observed: the batches go in, and a stack says how deep its layers lie
            Row.of("activation", "model data architecture torch", DJL),
            // running sums over what is recorded; Kernels adds to them in place, Site says what they are of
            Row.of("similarity", "activation model data architecture torch", DJL, ND4J),
            Row.of("correlation", "activation model torch", DJL, ND4J),
            Row.of("permutation", ""),
            Row.of("claim", ""),
            Row.of("merge", "checkpoint architecture permutation"),
            Row.of("prune", ""),
            Row.of("average", "activation adapter architecture checkpoint merge model permutation torch", DJL),
            Row.of("align", "activation architecture checkpoint correlation data merge model permutation torch", DJL),
            // an interrupted run's weights and moments are kept as a checkpoint
            Row.of("tune", "model data checkpoint torch result", DJL, JACKSON),
            Row.of(
                    "evaluate",
                    "model data generate result torch",
                    DJL,
                    "org.apache.commons.statistics..",
                    "org.apache.commons.math3.distribution.."),
            Row.of("workload", "architecture align checkpoint data evaluate generate hub model result task", DJL),
            Row.of(
                    "shrink",
                    "activation adapter align architecture average checkpoint merge model permutation prune result"
                            + " workload"),
            // other programs ask over HTTP
            Row.of(
                    "serve",
                    "architecture data evaluate generate json model workload",
                    DJL,
                    JACKSON,
                    "com.sun.net.httpserver.."),
            Row.of("result", "", JACKSON),
            Row.of("journal", "align architecture checkpoint data evaluate merge model result shrink", JACKSON),
            Row.of("cost", STAGES + " result", DJL),
            // files of local collections
            Row.of("gguf", "checkpoint json", JACKSON),
            // what other programs open
            Row.of("export", "architecture checkpoint json", JACKSON),
            Row.of("study", STAGES + " result journal cost export gguf", DJL, JACKSON),
            // Tablesaw's HTML writer is shaped by jsoup's elements
            // and a column of its own is made of its lists
            Row.of("table", "", TABLESAW, "org.jsoup..", "it.unimi.dsi.fastutil.."),
            // pages of a paper
            Row.of("plot", "", XCHART, "org.apache.pdfbox.."),
            Row.of("lab", "permutation plot", XCHART),
            Row.of("view", "result table plot", TABLESAW, XCHART, JACKSON),
            // a session holds models, an option is parsed into a split, a window or a plan
            Row.of(
                    "magic",
                    STAGES + " hub export gguf study table task plot view result journal cost lab",
                    DJL,
                    JACKSON,
                    JJAVA,
                    "jdk.jshell..",
                    TABLESAW,
                    XCHART,
                    ND4J));

    /** A class of DJL's package for the one method that is private to it. */
    private static final String BORROWED = "ai.djl.pytorch.jni.ScriptMethod";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
            .importPackages("ffmerge", "ai.djl.pytorch.jni");

    static List<Row> table() {
        return TABLE;
    }

    static List<Row> tableWithoutNativeMemory() {
        return TABLE.stream().filter(row -> !MARKED_DJL.contains(row.name())).toList();
    }

    @Test
    void everyPackageStandsInTheTable() {
        Set<String> packages = CLASSES.stream()
                .map(JavaClass::getPackageName)
                .filter(p -> p.startsWith("ffmerge."))
                .map(p -> p.split("\\.")[1])
                .collect(Collectors.toCollection(TreeSet::new));
        packages.removeAll(TABLE.stream().map(Row::name).toList());
        assertEquals(Set.of(), packages);
    }

    @ParameterizedTest
    @MethodSource("table")
    void aPackageUsesOnlyWhatItsRowNames(Row row) {
        Stream<String> own =
                Stream.concat(Stream.of(row.name()), row.own().stream()).map(p -> "ffmerge." + p + "..");
        String[] allowed = Stream.of(own, row.foreign().stream(), Stream.of("java..", "javax..", "ffmerge", JSON_NAMES))
                .flatMap(s -> s)
                .toArray(String[]::new);
        classes()
                .that()
                .resideInAPackage("ffmerge." + row.name() + "..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed)
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("ffmerge.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void theRootPackageStandsAlone() {
        classes()
                .that()
                .resideInAPackage("ffmerge")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "ffmerge", JSON_NAMES)
                .check(CLASSES);
    }

    @Test
    void theClassInDjlsPackageServesTheKernelsAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackages("ffmerge.torch..", "ai.djl..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName(BORROWED)
                .check(CLASSES);
        classes()
                .that()
                .haveFullyQualifiedName(BORROWED)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "ai.djl..")
                .check(CLASSES);
    }

    /** ND4J brings parsers with known holes: SECURITY.md says that nothing is handed to them. */
    @Test
    void nd4jIsHandedFinishedArraysAlone() {
        Set<String> made = Set.of("org.nd4j.linalg.factory.Nd4j.createFromArray");
        noClasses()
                .should()
                .callMethodWhere(describe("it makes anything of ND4J's but from an array", call -> {
                    String owner = call.getTargetOwner().getName();
                    return owner.startsWith("org.nd4j.")
                            && !owner.equals("org.nd4j.linalg.api.ndarray.INDArray")
                            && !made.contains(owner + "." + call.getName());
                }))
                .orShould()
                .callConstructorWhere(describe(
                        "it is ND4J's", call -> call.getTargetOwner().getName().startsWith("org.nd4j.")))
                .check(CLASSES);
    }

    /** DJL's own reading of arrays (NDList, npz) trusts types and shapes that a file claims; ours checks them. */
    @Test
    void djlReadsNoFiles() {
        noClasses()
                .should()
                .callMethodWhere(describe(
                        "DJL reads arrays",
                        call -> call.getTargetOwner().getName().startsWith("ai.djl.ndarray.")
                                && Set.of("decode", "decodeNumpy", "load").contains(call.getName())))
                .check(CLASSES);
    }

    @ParameterizedTest
    @MethodSource("tableWithoutNativeMemory")
    void nativeMemoryNeverLeavesThePackagesThatAreMarkedForIt(Row row) {
        noCodeUnits()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .resideInAPackage("ffmerge." + row.name() + "..")
                .should(be(describe("mention a type of DJL", PackageTableTest::mentionsDjl)))
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    private static boolean mentionsDjl(JavaCodeUnit unit) {
        return Stream.concat(unit.getParameterTypes().stream(), Stream.of(unit.getReturnType()))
                .flatMap(type -> type.getAllInvolvedRawTypes().stream())
                .filter(type -> !type.isEquivalentTo(Device.class)) // a place, no memory
                .anyMatch(type -> type.getPackageName().startsWith("ai.djl"));
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .resideInAnyPackage("ffmerge..util..", "ffmerge..utils..", "ffmerge..common..")
                .check(CLASSES);
    }
}
