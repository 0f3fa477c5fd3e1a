package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Demo;
import ffmerge.UserError;
import ffmerge.fixture.TinyGpt2;
import ffmerge.journal.RunLog;
import ffmerge.magic.command.SessionTests;
import ffmerge.result.Capsule;
import ffmerge.result.HashedFile;
import ffmerge.result.Lineage;
import ffmerge.result.RecipeResult;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.RunDifference;
import ffmerge.result.RunsResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run of the log keeps is enough to do the run again, in another session, with the same result. */
class RunCapsuleTest extends SessionTests {
    private static final String TEXT = "All happy families are alike; each unhappy family is unhappy in its own way. ";

    @BeforeEach
    void recipesAreRun() {
        host.recipes =
                yaml -> new CommandRunner(session, host).run(Recipe.parse(yaml, session.commands(), host::variable));
    }

    private Result done(String recipe) {
        host.recipe(recipe);
        return host.results.get(host.results.size() - 1);
    }

    private Run last() {
        return session.lastRun().orElseThrow();
    }

    private Path text() throws Exception {
        return Files.writeString(folder.resolve("families.txt"), TEXT.repeat(60));
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    /** The same value and nothing else that differs, but for the last bits of what was measured. */
    private void assertSameBut(Run before, RecipeResult.Again again) {
        double value = before.result().get("value").asDouble();
        assertEquals(value, last().result().get("value").asDouble(), 1e-9 * value);
        assertEquals(
                List.of(),
                again.differences().stream().filter(d -> !isLastBits(d)).toList());
    }

    private static boolean isLastBits(RunDifference difference) {
        String numbers = "[-+.\\dE]+";
        return difference.of().equals("result")
                && difference.a().matches(numbers)
                && difference.b().matches(numbers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"run.json", "run.yaml", "run.YML"})
    void anExportedRunIsDoneAgainWithTheSameValue(String name) throws Exception {
        done("""
                - {load: gpt2-novels, as: base}
                - {merge: base, window: 3-4, tokens: 600, as: base}
                - {merge: base, window: 7-8, align: random, seed: 5, as: small}
                - {eval: small, data: '%s', split: test, limit: 2}
                """.formatted(text()));
        Run before = last();
        Path file = folder.resolve(name);
        RunsResult exported = (RunsResult) host.run("runs --export " + file, session);
        assertEquals(before.id(), exported.runs().get(0).id());

        closeSession();
        openSession();
        RecipeResult again = (RecipeResult) host.run("run " + file, session);
        assertEquals(4, again.steps());
        assertEquals(before.id(), again.again().run());
        assertEquals(last().id(), again.again().id());
        assertSameBut(before, again.again());
        assertTrue(before.result().get("value").isNumber());
    }

    /** The model and the data are gone where the run is done again. */
    @Test
    void aZipFileHoldsTheUsersOwnFiles() throws Exception {
        Path model = new TinyGpt2(3).vocabulary(4096).context(64).writeTo(folder.resolve("mine"));
        Files.copy(
                session.home().model("gpt2-novels").orElseThrow().resolve("tokenizer.json"),
                model.resolve("tokenizer.json"));
        Path text = text();
        done("""
                - {load: '%s'}
                - {drop: mine, window: 1-1, as: small}
                - {eval: small, data: '%s', split: test, limit: 2}
                """.formatted(model, text));
        Run before = last();
        Path file = folder.resolve("run.zip");
        host.run("runs --export " + file, session);

        closeSession();
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.delete(model.resolve(name));
        }
        Files.delete(model);
        Files.delete(text);
        openSession();
        RecipeResult again = (RecipeResult) host.run("run " + file, session);
        assertEquals(before.id(), again.again().run());
        assertSameBut(before, again.again());

        Files.write(folder.resolve("broken.zip"), new byte[] {80, 75, 3});
        assertEquals(
                folder.resolve("broken.zip") + " is a damaged zip file, or none",
                host.refusal("run " + folder.resolve("broken.zip"), session));
        String outside = host.refusal("run " + withMore(file, "../../escaped.txt"), session);
        assertTrue(outside.endsWith("holds '../../escaped.txt', which its run did not read"), outside);
        assertTrue(Files.notExists(folder.resolve("state/escaped.txt")));
    }

    private static Path withMore(Path file, String name) throws Exception {
        Path more = file.resolveSibling("more.zip");
        try (ZipFile old = new ZipFile(file.toFile());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(more))) {
            out.putNextEntry(new ZipEntry("run.json"));
            old.getInputStream(old.getEntry("run.json")).transferTo(out);
            out.putNextEntry(new ZipEntry(name));
            out.write(1);
        }
        return more;
    }

    @Test
    void aRunKeepsItsRecipeSeedsFilesVersionsAndDevices() throws Exception {
        Path text = text();
        done("""
                - {load: gpt2-novels, as: unused}
                - {load: gpt2-novels, as: base}
                - {merge: base, window: 3-4, align: random, seed: 5, as: small}
                - {compare: [small, base], data: '%s', limit: 1, out: '%s'}
                """.formatted(text, folder.resolve("compared.json")));
        Capsule capsule = last().capsule();
        assertNull(capsule.missing());
        assertEquals(
                List.of("load", "merge", "compare"),
                capsule.recipe().stream()
                        .map(step -> step.keySet().iterator().next())
                        .toList());
        Map<String, Object> compare = capsule.recipe().get(2);
        assertEquals(List.of("small", "base"), compare.get("compare"));
        assertEquals(text.toString(), compare.get("data"));
        assertEquals(256, compare.get("context"));
        assertTrue(!compare.containsKey("out") && !compare.containsKey("dry-run"), compare::toString);
        assertEquals(Map.of("2 merge", 5, "3 compare", 0), capsule.seeds());
        HashedFile data = capsule.files().stream()
                .filter(file -> file.kind().equals("data"))
                .findFirst()
                .orElseThrow();
        assertEquals(new HashedFile("data", text.toString(), "families.txt", Files.size(text), sha256(text)), data);
        Path weights = session.home().model("gpt2-novels").orElseThrow().resolve("model.safetensors");
        assertTrue(capsule.files()
                .contains(new HashedFile(
                        "model", "gpt2-novels", "model.safetensors", Files.size(weights), sha256(weights))));
        assertEquals(Map.of("small", "cpu float32", "base", "cpu float32"), capsule.devices());
        assertTrue(capsule.versions().keySet().containsAll(List.of("djl", "libtorch")));
        assertFalse(Instant.parse(capsule.ended()).isBefore(Instant.parse(last().time())));
    }

    @Test
    void anotherFileThanThatOfTheRunIsRefused() throws Exception {
        Path text = text();
        done("""
                - {load: gpt2-novels, as: base}
                - {eval: base, data: '%s', limit: 1}
                """.formatted(text));
        Path file = folder.resolve("run.yaml");
        host.run("runs --export " + file, session);
        Files.writeString(text, TEXT.repeat(61));
        String refusal = host.refusal("run " + file, session);
        assertTrue(
                refusal.startsWith("the file " + text + "/families.txt is another than in that run: SHA-256 "),
                refusal);
        assertEquals(1, refusal.lines().count());
    }

    @Test
    void whatWasMadeInJavaIsSaidNotToBeDoneAgain() {
        session.put("mine", Demo.model(), new Lineage("gpt2-novels"));
        done("- {eval: mine, limit: 1}");
        assertNotNull(last().capsule().missing());
        String refusal = host.refusal("runs last --export " + folder.resolve("run.json"), session);
        assertEquals(
                "the run " + last().id()
                        + " can't be done again: the model 'mine' was made in Java, which no recipe does" + " again",
                refusal);
    }

    @Test
    void twoRunsAreSetBesideEachOther() {
        done("""
                - {load: gpt2-novels, as: base}
                - {drop: base, window: 3-4, as: small}
                - {eval: base, limit: 1}
                - {eval: small, limit: 2}
                - {eval: small, limit: 2}
                """);
        RunsResult diff = (RunsResult) host.run("runs --diff last-2 last-1", session);
        List<String> found =
                diff.differences().stream().map(d -> d.of() + " " + d.name()).toList();
        assertTrue(
                found.containsAll(List.of("command arguments", "option limit", "step 2", "result value")),
                found::toString);
        assertTrue(diff.differences().stream()
                .anyMatch(d -> d.name().equals("limit") && d.a().equals("1") && d.b().equals("2")));
        List<RunDifference> ofTheSame = ((RunsResult) host.run("runs --diff last last-1", session)).differences();
        assertTrue(ofTheSame.stream().allMatch(d -> d.of().equals("result")), ofTheSame::toString);
        assertTrue(host.refusal("runs --diff last", session).startsWith("--diff takes two runs"));
        assertTrue(host.refusal("runs --diff last nobody", session).startsWith("there is no run 'nobody'"));
    }

    @Test
    void runsAreFoundBySql() {
        done("""
                - {load: gpt2-novels, as: base}
                - {drop: base, window: 3-4, as: small}
                - {eval: base, limit: 1}
                - {eval: small, limit: 1}
                """);
        JsonNode value = last().result().get("value");
        assertTrue(host.refusal("runs --where result->>'value'<50", session)
                .endsWith("or as a number, TRY_CAST(result->>'value' AS DOUBLE) < 50"));
        RunsResult below = (RunsResult) host.run("runs --where TRY_CAST(result->>'value'AS\tDOUBLE)>1", session);
        assertEquals(
                2,
                below.runs().stream()
                        .filter(run -> run.command().equals("eval"))
                        .count());
        RunsResult found = (RunsResult) host.recipes
                .andThen(done -> host.results.get(host.results.size() - 1))
                .apply("- {runs: , where: \"command = 'eval' and metric = 'perplexity' and value = " + value
                        + " and options['limit'] = '1' and result->>'model' = 'small'\"}");
        assertEquals(List.of(last().id()), found.runs().stream().map(Run::id).toList());
        assertEquals(
                "--where only reads the runs; DELETE is refused: --where \"command = 'eval' and seconds > 10\"",
                assertThrows(UserError.class, () -> host.recipe("- {runs: , where: 'delete from runs'}"))
                        .getMessage()
                        .replaceFirst("^step 1 [^:]*: ", ""));
    }

    @Test
    void aLoggedRunIsNeverOverwritten() throws Exception {
        done("""
                - {load: gpt2-novels, as: base}
                - {eval: base, limit: 1}
                """);
        Run run = last();
        RunLog log = session.log();
        assertThrows(UserError.class, () -> log.write(run.withOutcome("another")));
        assertEquals(run.outcome(), log.read(1).get(0).outcome());
        assertEquals(1, log.read().size());
        assertEquals(run.capsule(), log.read(1).get(0).capsule());
        JsonNode file;
        try (var files = Files.list(folder.resolve("state/runs"))) {
            file = new ObjectMapper().readTree(files.findFirst().orElseThrow().toFile());
        }
        assertEquals("load", file.at("/capsule/recipe/0").fieldNames().next());
    }

    @Test
    void aFileThatThisSessionDidNotWriteIsReplacedWithAWord() throws Exception {
        Path out = Files.writeString(folder.resolve("mine.json"), "{}");
        Path export = Files.writeString(folder.resolve("mine.yaml"), "a: 1");
        String eval = "- {eval: base, limit: 1, out: '%s'}\n".formatted(out);
        String told = " was there before, not written in this session, and has been replaced";
        done("- {load: gpt2-novels, as: base}\n" + eval);
        assertEquals(1, host.notices.stream().filter((out + told)::equals).count());
        done(eval);
        done("- {eval: base, limit: 1, out: '%s'}".formatted(folder.resolve("new.json")));
        host.run("runs --export " + export, session);
        host.run("runs --export " + export, session);
        assertEquals(
                List.of(out + told, export + told),
                host.notices.stream().filter(line -> line.endsWith(told)).toList());
        assertEquals(
                "eval", new ObjectMapper().readTree(out.toFile()).get("command").asText());
    }
}
