package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.DemoTranslator;
import ffmerge.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens are those of transformers' MarianTokenizer; resources/marian/demo.py made the values. */
class PairTokenizerTest {
    @TempDir
    private Path folder;

    private static int[] ids(JsonNode numbers) {
        int[] ids = new int[numbers.size()];
        Arrays.setAll(ids, i -> numbers.get(i).asInt());
        return ids;
    }

    @Test
    void oddStringsAreCutAsTransformersCutsThem() throws IOException {
        JsonNode expected;
        try (InputStream in = PairTokenizerTest.class.getResourceAsStream("/marian/demo.json")) {
            expected = new ObjectMapper().readTree(in);
        }
        PairTokenizer tokenizer = DemoTranslator.tokenizer();
        for (JsonNode tokens : expected.get("tokens")) {
            String text = tokens.get("text").asText();
            assertArrayEquals(ids(tokens.get("source")), tokenizer.source(text), text);
            assertArrayEquals(ids(tokens.get("target")), tokenizer.target(text), text);
            assertEquals(tokens.get("decoded").asText(), tokenizer.decode(ids(tokens.get("target"))), text);
        }
        assertEquals("eng", tokenizer.targetLanguage());
    }

    @Test
    void aFolderThatLacksAFileIsSaid() {
        UserError error = assertThrows(UserError.class, () -> PairTokenizer.load(folder));
        assertTrue(
                error.getMessage().endsWith("holds tokenizer.json, or source.spm, target.spm and vocab.json"),
                error.getMessage());
    }

    @Test
    void aDamagedModelIsSaid() throws IOException {
        for (String name : new String[] {"target.spm", "vocab.json", "tokenizer_config.json"}) {
            Files.copy(DemoTranslator.folder().resolve(name), folder.resolve(name));
        }
        Files.writeString(folder.resolve("source.spm"), "not a model");
        UserError error = assertThrows(UserError.class, () -> PairTokenizer.load(folder));
        assertTrue(
                error.getMessage().startsWith(folder.resolve("source.spm") + " can't be used by the tokenizer library"),
                error.getMessage());
    }
}
