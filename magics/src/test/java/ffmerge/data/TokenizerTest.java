package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Expected;
import ffmerge.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    @TempDir
    private Path folder;

    /** The demo's tokenizer with another normalizer. */
    private int[] encode(String normalizer, String text) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = (ObjectNode) mapper.readTree(
                Expected.home().resolve("models/gpt2-novels/tokenizer.json").toFile());
        json.set("normalizer", mapper.readTree(normalizer));
        Files.writeString(folder.resolve("tokenizer.json"), json.toString());
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            return tokenizer.encode(text, Progress.NONE);
        }
    }

    @Test
    void aLongTextCutAtLinesGivesTheTokensOfTheWhole() throws IOException {
        // letters whose accent stands alone, at a line's end and at the next one's start
        String line = "cafe\u0301 \u2013 He said: \u00abna\u00efve\u00bb,\n\u0301and went.  \n\nThe\u0301re\u0301\n";
        String text = line.repeat(15_000);
        assertTrue(text.length() > 600_000);
        int[] whole = encode("{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"}]}", text);
        assertArrayEquals(whole, encode("{\"type\":\"NFC\"}", text));
    }
}
