package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens are those of transformers' tokenizers, {@code text_target} too; resources/seq2seq/tokenizers.py made them. */
class TextPairsTest {
    private static final Path TOKENIZERS = Path.of("src/test/resources/seq2seq/tokenizers");

    @TempDir
    private Path folder;

    private static int[] ids(JsonNode numbers) {
        int[] ids = new int[numbers.size()];
        Arrays.setAll(ids, i -> numbers.get(i).asInt());
        return ids;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bart", "t5", "t5-alone", "mbart", "mbart-one", "mbart50", "nllb", "nllb-legacy", "plain"})
    void sourcesAndTargetsAreCutAsTransformersCutsThem(String name) throws Exception {
        JsonNode expected = new ObjectMapper()
                .readTree(TOKENIZERS.resolve("expected.json").toFile())
                .get(name);
        try (PairTokenizer tokenizer = PairTokenizer.load(TOKENIZERS.resolve(name))) {
            for (JsonNode row : expected) {
                String text = row.get("text").asText();
                assertArrayEquals(ids(row.get("source")), tokenizer.source(text), "source: " + text);
                assertArrayEquals(ids(row.get("target")), tokenizer.target(text), "target: " + text);
                int ending = tokenizer.ending();
                assertArrayEquals(
                        ids(row.at("/cut/0")), PairFiles.cut(tokenizer.source(text), 9, ending), "cut: " + text);
                assertArrayEquals(
                        ids(row.at("/cut/1")), PairFiles.cut(tokenizer.target(text), 9, ending), "cut: " + text);
                String decoded = tokenizer.decode(ids(row.get("target")));
                assertEquals(row.get("decoded").asText().strip(), decoded, "decoded: " + text);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mbart", "nllb"})
    void aLanguageThatTheTokenizerHasNoTokenForIsNamed(String name) throws Exception {
        for (String file : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
            String text = Files.readString(TOKENIZERS.resolve(name).resolve(file));
            Files.writeString(
                    folder.resolve(file), text.replaceFirst("\"tgt_lang\": \"\\w+\"", "\"tgt_lang\": \"xx_YY\""));
        }
        assertEquals(
                folder.resolve("tokenizer.json") + " has no token 'xx_YY', which the tokenizer's class, or its src_lang"
                        + " and tgt_lang in tokenizer_config.json, puts around texts",
                assertThrows(UserError.class, () -> PairTokenizer.load(folder)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sentencepiece.bpe.model", "spiece.model", "merges.txt"})
    void aTokenizerThatOnlyPythonReadsIsNamed(String file) throws Exception {
        Files.writeString(folder.resolve(file), "");
        Files.writeString(folder.resolve("vocab.json"), "{}");
        String message =
                assertThrows(UserError.class, () -> PairTokenizer.load(folder)).getMessage();
        assertTrue(
                message.startsWith(folder + " has a tokenizer as " + file + " alone, which isn't read here; lay a"
                        + " tokenizer.json beside: in Python, "),
                message);
    }

    @Test
    void theLanguagesAreThoseOfTheConfiguration() {
        try (PairTokenizer tokenizer = PairTokenizer.load(TOKENIZERS.resolve("mbart"))) {
            assertEquals("de_DE", tokenizer.sourceLanguage());
            assertEquals("ro_RO", tokenizer.targetLanguage());
        }
    }
}
