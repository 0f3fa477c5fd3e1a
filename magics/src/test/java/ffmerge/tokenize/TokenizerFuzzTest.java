package ffmerge.tokenize;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import ffmerge.fixture.Cases;
import ffmerge.fixture.Damage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever happens to a tokenizer's file, it is used or refused in one line, and this process goes on. The system property
 * {@code fuzz} says how many files are tried; see environment/bench/TRUST.md.
 */
class TokenizerFuzzTest {
    private static final int CASES = Integer.getInteger("fuzz", 150);
    private static final long SEED = Long.getLong("fuzz.seed", 20261126);
    private static final String USED = "used";

    private static final List<String> TEXTS = List.of(
            "",
            "The day will be on Monday, I said: \u00e9 e\u0301 \u4f60\u597d \ud83d\ude00\ufffd\u0000 12.5e3!?\r\n\t  x\n",
            "<|endoftext|> <pad></s> [CLS]aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab (a) \u2581the\u2581",
            "the will ".repeat(500));

    private final Map<String, Integer> outcomes = new TreeMap<>();

    @TempDir
    private Path folder;

    @Test
    void damagedTokenizersAreUsedOrRefused() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> sound = new ArrayList<>();
        for (String model : List.of("wordpiece", "unigram", "llama", "wordlevel", "split")) {
            try (InputStream in = TokenizerFuzzTest.class.getResourceAsStream("/tokenizer/" + model + ".json")) {
                sound.add(mapper.readTree(in));
            }
        }
        sound.add(mapper.readTree(Cases.file("base/gpt2/tokenizer.json").toFile()));
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES; i++) {
            byte[] damaged = Damage.json(sound.get(i % sound.size()), random);
            Files.write(folder.resolve("tokenizer.json"), damaged);
            note(() -> useTokenizer(), damaged);
        }
        report("tokenizer.json");
    }

    @Test
    void damagedSentencePieceModelsAreUsedOrRefused() throws IOException {
        byte[] sound = Files.readAllBytes(Cases.file("base/marian/source.spm"));
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES / 4; i++) {
            byte[] damaged = Damage.bytes(sound, random);
            Path file = folder.resolve("source.spm");
            note(() -> useSentencePieces(new SentencePieces.Model(file, damaged)), damaged);
        }
        report("source.spm");
    }

    private void useTokenizer() {
        try (TextTokenizer tokenizer = TextTokenizer.load(folder)) {
            List<TextTokenizer.Encoded> encoded = tokenizer.encode(TEXTS, true);
            for (TextTokenizer.Encoded text : encoded) {
                tokenizer.decode(text.ids(), true);
            }
            for (int id = 0; id < 420; id += 7) {
                tokenizer.decode(new int[] {id, id + 1}, false);
            }
        }
    }

    private void useSentencePieces(SentencePieces.Model model) {
        try (SentencePieces pieces = new SentencePieces(List.of(model))) {
            for (String text : TEXTS) {
                pieces.pieces(0, text);
            }
        }
    }

    private void note(Runnable use, byte[] damaged) {
        String outcome = USED;
        try {
            use.run();
        } catch (UserError e) {
            String message = e.getMessage();
            assertTrue(message.contains(folder.toString()), message);
            assertFalse(message.contains("java.") || message.contains("jackson"), message);
            outcome = message.replaceFirst("\\S+?(json|spm):? ", "")
                    .replaceAll("'.*'", "…")
                    .replaceFirst("(should be).*|;.*|JSON: .*", "$1");
        } catch (RuntimeException e) {
            fail("not refused but broken: " + new String(damaged, StandardCharsets.UTF_8), e);
        }
        outcomes.merge(outcome, 1, Integer::sum);
    }

    /** Damage that is always the same, or that nothing survives, would prove little. */
    private void report(String what) {
        System.out.println(what + " " + outcomes);
        assertTrue(outcomes.getOrDefault(USED, 0) > 0 && outcomes.size() > 1, outcomes.toString());
    }
}
