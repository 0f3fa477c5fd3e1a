package ffmerge.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnFamiliesTest {
    private static final String PLACE = "ffmerge.families";

    /** A Llama whose layers are called blocks and whose width has another key. */
    private static final String TABLE = """
            {"extends": "llama", "family": "mine", "title": "Mine", "modelTypes": ["mine"],
             "sizes": {"model": ["width"]},
             "tensors": [{"name": "words.weight", "axes": ["vocabulary", "model"], "role": "tokens"}]}
            """;

    private static final String CONFIG = """
            {"model_type": "mine", "width": 8, "intermediate_size": 12, "num_hidden_layers": 2,
             "num_attention_heads": 2, "head_dim": 4, "max_position_embeddings": 16, "vocab_size": 11}
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void look() {
        System.setProperty(PLACE, folder.toString());
    }

    @AfterEach
    void lookNowhere() {
        System.clearProperty(PLACE);
    }

    private Path write(String name, String table) throws IOException {
        return Files.writeString(folder.resolve(name), table);
    }

    private static Architecture of(String config) {
        return Architecture.of(new ModelConfig(PythonJson.parseObject(config, "config.json"), "config.json"));
    }

    private static String refusal(String config) {
        return assertThrows(UserError.class, () -> of(config)).getMessage();
    }

    @Test
    void aFileBesideTheBuiltInOnesDescribesAFamily() throws IOException {
        Path file = write("mine.json", TABLE);
        Architecture mine = of(CONFIG);
        assertEquals("Mine", mine.title());
        assertEquals("model.words.weight", mine.tensors().get(0).name());
        assertEquals(List.of(11L, 8L), mine.tensors().get(0).shape());
        assertEquals(12, mine.feedForward("decoder", 1).width());
        KnownFamily known = KnownFamily.all().get(KnownFamily.all().size() - 1);
        assertEquals("mine", known.family());
        assertEquals(file, known.file().orElseThrow());
        assertEquals(KnownFamily.Gates.YES, known.stacks().get(0).gates());
    }

    @Test
    void aChangedFileIsReadAgain() throws IOException {
        write("mine.json", TABLE);
        of(CONFIG);
        write("mine.json", TABLE.replace("words.weight", "other_words.weight"));
        assertEquals("model.other_words.weight", of(CONFIG).tensors().get(0).name());
        write("yours.json", "{\"extends\": \"mine\", \"family\": \"yours\", \"modelTypes\": [\"yours\"]}");
        assertEquals(
                "model.other_words.weight",
                of(CONFIG.replace("\"mine\"", "\"yours\"")).tensors().get(0).name());
    }

    @Test
    void aBrokenFileIsInNobodysWayButItsOwnFamilys() throws IOException {
        write("mine.json", "{");
        String gpt2 =
                "{\"model_type\":\"gpt2\",\"n_layer\":1,\"n_embd\":4,\"n_head\":1,\"vocab_size\":5,\"n_positions\":6}";
        assertEquals("GPT-2", of(gpt2).title());
        assertTrue(refusal(CONFIG).contains("mine.json is not valid JSON: it ends too early"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{\"extends\": \"llama\", }|mine.json is not valid JSON: an unexpected '}' at line 1, column 22",
                "{\"family\": \"mine\"}|mine.json, line 1, column 1: a family's table needs 'modelTypes': the words that",
                "{\"extends\": \"lama\"}|line 1, column 2: there is no family 'lama'; did you mean 'llama'?",
                "{\"extends\": \"mine\"}|line 1, column 2: 'mine' extends this one in turn",
                "{\"extends\": \"llama\", \"modelTypes\": [\"gpt2\"]}|line 1, column 22: the model_type 'gpt2' has a table already",
                "{\"extends\": \"llama\", \"modelTypes\": [\"mine\"], \"sises\": {}}|line 1, column 46: there is no entry 'sises' here; did you mean 'sizes'?",
                "{\"extends\": \"llama\", \"modelTypes\": [\"mine\"], \"task\": \"language-modeling\"}|line 1, column 46: there is no task 'language-modeling'; did you mean 'language-modelling'?",
                "{\"extends\": \"llama\", \"modelTypes\": \"mine\"}|line 1, column 22: this can't be read; it is \"mine\"",
                "{\"extends\": \"llama\", \"modelTypes\": [\"mine\"], \"tensors\": [{\"name\": \"a\", \"axis\": []}]}|there is no entry 'axis' here; did you mean 'axes'?",
                "{\"extends\": \"llama\", \"modelTypes\": [\"mine\"], \"sizes\": {\"vocabulary\": [\"words?\"]}}|has a size 'words?', which is no number, axis or key",
                "[1]|mine.json is not a JSON object"
            })
    void whatIsWrongWithATableIsSaidWithItsPlace(String table, String message) throws IOException {
        write("mine.json", table);
        String refusal = refusal(CONFIG.replace("width", "hidden_size"));
        assertTrue(refusal.contains(message), refusal);
        assertEquals(1, refusal.lines().count());
    }

    @Test
    void aFamilyThatNobodyKnowsIsToldItsTable() {
        String refusal = refusal(CONFIG.replace("\"mine\"", "\"fresh/one\"").replace("width", "hidden_size"));
        assertTrue(refusal.startsWith("config.json has the model_type 'fresh/one'; known are "), refusal);
        assertTrue(refusal.contains("; its config is most like "), refusal);
        assertTrue(refusal.contains(folder.resolve("fresh_one.json") + " with {\"extends\": \""), refusal);
        assertTrue(refusal.contains("docs/family.md"), refusal);
        String gpt2 =
                "{\"model_type\":\"gpt9\",\"n_layer\":1,\"n_embd\":4,\"n_head\":1,\"vocab_size\":5,\"n_positions\":6,"
                        + "\"n_inner\":null,\"activation_function\":\"gelu_new\",\"attn_pdrop\":0.1,\"embd_pdrop\":0.1,\"resid_pdrop\":0.1}";
        assertTrue(refusal(gpt2).contains("its config is most like GPT-2's"), refusal(gpt2));
    }
}
