package ffmerge.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {
    @TempDir
    private Path folder;

    private final ModelConfig config = ModelConfig.parse("""
            {"size": 3, "rate": 0.25, "whole": 2, "name": "gelu", "yes": true, "no": false, "nothing": null}""", "config.json");

    private String readRefusal(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("config.json"), content);
        return assertThrows(UserError.class, () -> ModelConfig.read(file))
                .getMessage()
                .replace(file.toString(), "FILE");
    }

    @Test
    void valuesAreReadByTheirKeys() {
        assertEquals(3, config.size("size"));
        assertEquals(0.25, config.number("rate", 1));
        assertEquals(2, config.number("whole", 1));
        assertEquals("gelu", config.text("name", "relu"));
        assertTrue(config.flag("yes", false));
        assertFalse(config.flag("no", true));
        assertTrue(config.has("no"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "missing"})
    void nullIsAsGoodAsAbsent(String key) {
        assertFalse(config.has(key));
        assertEquals(1.5, config.number(key, 1.5));
        assertEquals("relu", config.text(key, "relu"));
        assertTrue(config.flag(key, true));
        assertThrows(UserError.class, () -> config.size(key));
    }

    @Test
    void aValueOfAnotherKindIsNamed() {
        assertEquals(
                "config.json: 'name' should be a number, is \"gelu\"",
                assertThrows(UserError.class, () -> config.number("name", 1)).getMessage());
        assertEquals(
                "config.json: 'size' should be true or false, is 3",
                assertThrows(UserError.class, () -> config.flag("size", true)).getMessage());
    }

    /** As transformers writes them: keys that nobody asks for don't matter, and one that does is refused by name. */
    @Test
    void numbersThatPythonWritesAreRead() {
        ModelConfig python = ModelConfig.parse(
                "{\"rescale\": Infinity, \"low\": -Infinity, \"eps\": NaN, \"vast\": 1e400, \"size\": 3}",
                "config.json");
        assertEquals(3, python.size("size"));
        assertEquals(
                "config.json: 'eps' should be a finite number, is NaN",
                assertThrows(UserError.class, () -> python.number("eps", 0)).getMessage());
        assertThrows(UserError.class, () -> python.number("vast", 0));
        assertThrows(UserError.class, () -> python.size("rescale"));
        String written = new String(PythonJson.write(python.json()), StandardCharsets.UTF_8);
        assertTrue(written.contains("\"low\" : -Infinity"), written);
    }

    @Test
    void numbersBeyondTheirBounds() {
        assertEquals(
                "config.json: 'size' should be from 0 to 1, is 3",
                assertThrows(UserError.class, () -> config.number("size", 0, 0, 1))
                        .getMessage());
        assertEquals(
                "config.json: 'size' names the token 3, the vocabulary has 0 to 2",
                assertThrows(UserError.class, () -> config.tokens("size", 3)).getMessage());
        assertEquals(List.of(3), config.tokens("size", 4));
    }

    @Test
    void aChangeIsACopy() {
        ModelConfig changed = config.with("size", 5);
        assertEquals(5, changed.size("size"));
        assertEquals(3, config.size("size"));
        assertEquals("config.json", changed.source());
    }

    @Test
    void aFileThatIsMissing() {
        Path file = folder.resolve("config.json");
        assertEquals(
                "there is no " + file + ": a model is a folder in Hugging Face layout",
                assertThrows(UserError.class, () -> ModelConfig.read(file)).getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''           | FILE is not a JSON object",
                "[]           | FILE is not a JSON object",
                "3            | FILE is not a JSON object",
                "{            | FILE is not valid JSON: it ends too early",
                "{\"a\":1,}   | FILE is not valid JSON: an unexpected '}' at line 1, column 8",
                "<html>       | FILE is not valid JSON: an unexpected '<' at line 1, column 1",
            })
    void aFileThatIsNoJsonObject(String content, String message) throws IOException {
        assertEquals(message, readRefusal(content.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aFileThatIsNoText() throws IOException {
        assertEquals("cannot read FILE: it is not UTF-8 text", readRefusal(new byte[] {'{', (byte) 0xff, '}'}));
    }

    @Test
    void aFolderInItsPlace() throws IOException {
        Path file = Files.createDirectory(folder.resolve("config.json"));
        assertEquals(
                "cannot read " + file + ": it is a folder; a file is needed",
                assertThrows(UserError.class, () -> ModelConfig.read(file)).getMessage());
    }
}
