package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import ffmerge.fixture.Cases;
import ffmerge.fixture.Damage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever happens to a JSON file of a model, the commands that use it do their work or refuse it in one line, and the
 * models that are loaded stay. The system property {@code fuzz} says how many files are tried of each model; see
 * environment/bench/TRUST.md.
 */
class DamagedModelFilesTest extends SessionTests {
    private static final int CASES = Integer.getInteger("fuzz", 12);
    private static final long SEED = Long.getLong("fuzz.seed", 20261126);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String USED = "used";

    @BeforeEach
    void loadOther() {
        host.run("load " + Cases.model("gpt2", "", folder.resolve("other")) + " --as other", session);
    }

    @AfterEach
    void requireOther() {
        assertTrue(session.models().containsKey("other"));
    }

    /** A model whose files are damaged, and the lines that use them. */
    private enum Subject {
        SUMMARIZER("llama", "eval m --data DIALOGUES --limit 1 --max-length 4"),
        LANGUAGE_MODEL("gpt2", "eval m --data TEXT --limit 1"),
        TRANSLATOR("marian", "eval m --data PAIRS --limit 1"),
        CLASSIFIER("vit", "eval m --data PICTURES --limit 2"),
        ADAPTERS("llama", "eval m --data TEXT --limit 1");

        private final String base;
        private final String use;

        Subject(String base, String use) {
            this.base = base;
            this.use = use;
        }

        private boolean adapts() {
            return this == ADAPTERS;
        }
    }

    private String use(Subject subject) throws IOException {
        Path dialogues = folder.resolve("dialogues.jsonl");
        Files.writeString(dialogues, "{\"dialogue\": \"A: the day\\nB: will be on\", \"summary\": \"the day\"}\n");
        return subject.use
                .replace("DIALOGUES", dialogues.toString())
                .replace(
                        "TEXT",
                        Cases.file("K-perplexity-protocol/data/text.txt").toString())
                .replace(
                        "PAIRS",
                        Cases.file("A-generation-settings/data/pairs.tsv").toString())
                .replace("PICTURES", Cases.file("F-class-names/data/same").toString());
    }

    private void run(Subject subject, Path model, Path adapters) throws IOException {
        host.run("load " + model + (subject.adapts() ? " --adapters " + adapters : "") + " --as m", session);
        try {
            host.run(use(subject), session);
        } finally {
            host.run("unload m", session);
        }
    }

    private static List<Path> jsons(Path of) throws IOException {
        try (var files = Files.list(of)) {
            return files.filter(f -> f.toString().endsWith(".json"))
                    .filter(f -> !f.getFileName()
                            .toString()
                            .matches("tokenizer.json|vocab.json")) // have a fuzz of their own
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource(Subject.class)
    void damagedJsonIsUsedOrRefused(Subject subject) throws IOException {
        Path model = Cases.model(subject.base, "", folder.resolve("model"));
        Path adapters = folder.resolve("adapters");
        Files.createDirectories(adapters);
        try (var stored = Files.list(Cases.file("C-adapter-kinds/plain"))) {
            for (Path file : stored.toList()) {
                Files.copy(file, adapters.resolve(file.getFileName().toString()));
            }
        }
        List<Path> files = jsons(subject.adapts() ? adapters : model);
        SplittableRandom random = new SplittableRandom(SEED);
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int i = 0; i < CASES; i++) {
            Path file = files.get(i % files.size());
            byte[] sound = Files.readAllBytes(file);
            byte[] damaged = Damage.json(JSON.readTree(sound), random);
            replace(file, damaged);
            outcomes.merge(outcome(subject, model, adapters, file, damaged), 1, Integer::sum);
            replace(file, sound);
        }
        System.out.println(subject + " " + outcomes);
        assertTrue(outcomes.getOrDefault(USED, 0) > 0 && outcomes.size() > 1, outcomes.toString());
    }

    private static void replace(Path file, byte[] content) throws IOException {
        Files.deleteIfExists(file); // a copy may be one that can't be written
        Files.write(file, content);
    }

    private String outcome(Subject subject, Path model, Path adapters, Path file, byte[] damaged) throws IOException {
        try {
            run(subject, model, adapters);
            return USED;
        } catch (UserError e) {
            assertIsOneLine(e.getMessage(), damaged);
            return "refused " + file.getFileName();
        } catch (RuntimeException | Error e) {
            return fail(
                    "not refused but broken: " + file.getFileName() + " " + new String(damaged, StandardCharsets.UTF_8),
                    e);
        }
    }

    private static void assertIsOneLine(String message, byte[] damaged) {
        assertFalse(
                message.contains("java.") || message.contains("jackson") || message.contains("djl"),
                () -> message + "\n" + new String(damaged, StandardCharsets.UTF_8));
    }

    /** Those that people sent. */
    @ParameterizedTest
    @CsvSource({
        "TRANSLATOR, generation_config-absurd-numbers.json, generation_config.json, decoder_start_token_id",
        "TRANSLATOR, generation_config-object-in-bad-words.json, generation_config.json, bad_words_ids",
        "CLASSIFIER, preprocessor_config-factor-nan.json, preprocessor_config.json, do_resize",
        "ADAPTERS, adapter_config-words-of-java.json, adapter_config.json, rank_pattern"
    })
    void whatIsWrongIsNamedWithItsFile(Subject subject, String damaged, String file, String field) throws IOException {
        Path model = Cases.model(subject.base, "", folder.resolve("model"));
        Path adapters = folder.resolve("adapters");
        Files.createDirectories(adapters);
        Files.copy(
                Cases.file("C-adapter-kinds/plain/adapter_model.safetensors"),
                adapters.resolve("adapter_model.safetensors"));
        Files.copy(
                Cases.file("L-damaged-files/" + damaged),
                (subject.adapts() ? adapters : model).resolve(file),
                StandardCopyOption.REPLACE_EXISTING);
        String message = assertThrows(UserError.class, () -> run(subject, model, adapters))
                .getMessage();
        assertTrue(message.contains(file) && message.contains(field), message);
        assertEquals(1, message.lines().count());
    }
}
