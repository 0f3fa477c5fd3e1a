package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.SafetensorsFile;
import ffmerge.model.TransformerModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders that transformers opens with one tensor a tie; test_tied_in_transformers.py lets it. */
class SavedTiedTest extends SessionTests {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path RESOURCES = Path.of("src/test/resources");

    private Path saved;

    private JsonNode json(String file) throws Exception {
        return JSON.readTree(saved.resolve(file).toFile());
    }

    /** Merges layers 0 and 1 of a fixture, saves it, and reads the folder's config. */
    private JsonNode save(String fixture) throws Exception {
        saved = folder.resolve("saved");
        host.run("load " + RESOURCES.resolve(fixture) + " --as base", session);
        host.run("merge base --window 0-1 --align none --as small", session);
        host.run("save small " + saved, session);
        return json("config.json");
    }

    private TransformerModel model(String name) {
        return session.model(name, host);
    }

    private void assertSame(String name) {
        TransformerModel expected = model("small");
        TransformerModel actual = model(name);
        assertEquals(expected.parameters().ties(), actual.parameters().ties());
        expected.architecture()
                .tensors()
                .forEach(t -> assertArrayEquals(
                        expected.checkpoint().read(t.name()),
                        actual.checkpoint().read(t.name()),
                        t.name()));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2/prefixed, Gpt2, ForCausalLM",
        "gated/olmo, Olmo, ForCausalLM",
        "gated/olmo2, Olmo2, ForCausalLM",
        "gated/mistral, Mistral, ForCausalLM",
        "gated/llama-shared-keys, Llama, ForCausalLM",
        "vit/oblong, Vit, ForImageClassification",
        "marian/odd-sizes, Marian, ForSeq2SeqLM"
    })
    void theFolderSaysWhatTransformersNeedsAndIsReadAgain(String fixture, String family, String task) throws Exception {
        JsonNode config = save(fixture);
        String type = family.toLowerCase();
        String module = "modeling_ffmerge_" + type;
        assertEquals("ffmerge_" + type, config.path("model_type").asText());
        assertEquals(
                JSON.readTree("[\"Tied" + family + task + "\"]"),
                config.path("architectures"),
                "what a class is called");
        assertEquals(
                Map.of(
                        "AutoConfig",
                        module + ".Tied" + family + "Config",
                        "AutoModel",
                        module + ".Tied" + family + "Model",
                        "AutoModel" + task,
                        module + ".Tied" + family + task),
                JSON.convertValue(config.path("auto_map"), Map.class));
        Map<String, String> ties = model("small").parameters().ties().keptByAlias();
        assertFalse(ties.isEmpty());
        assertEquals(JSON.valueToTree(ties), config.path("ties"));
        byte[] python = Files.readAllBytes(saved.resolve(module + ".py"));
        assertFalse(new String(python).contains("$"), "a place left open");
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(python));
        assertEquals(
                digest, config.path("ffmerge").path("modeling").path("sha256").asText());
        assertEquals(
                digest, json("ffmerge.json").path("modeling").path("sha256").asText());
        assertTrue(host.notices.isEmpty(), host.notices.toString());

        host.run("load " + saved + " --as again", session);
        assertSame("again");
        Path expanded = folder.resolve("expanded");
        host.run("save again " + expanded + " --format expanded --dtype float32", session);
        ObjectNode original = (ObjectNode)
                JSON.readTree(RESOURCES.resolve(fixture).resolve("config.json").toFile());
        ObjectNode again =
                (ObjectNode) JSON.readTree(expanded.resolve("config.json").toFile());
        for (ObjectNode each : new ObjectNode[] {original, again}) {
            each.remove("dtype");
            each.remove("torch_dtype");
        }
        assertEquals(original, again, "the family's own config again");
        assertFalse(Files.exists(expanded.resolve(module + ".py")));
    }

    /** As Python's save_pretrained does: without our notes, the ties in the config alone. */
    private void saveAsPython(String droppedPrefix) throws Exception {
        Files.delete(saved.resolve("ffmerge.json"));
        Path weights = saved.resolve("model.safetensors");
        Path moved = folder.resolve("moved.safetensors");
        Files.move(weights, moved);
        try (Checkpoint file = SafetensorsFile.open(moved)) {
            Map<String, EditedCheckpoint.Content> stored = new LinkedHashMap<>();
            file.tensors()
                    .keySet()
                    .forEach(name -> stored.put(
                            name.startsWith(droppedPrefix) ? name.substring(droppedPrefix.length()) : name,
                            new EditedCheckpoint.Content.Original(name)));
            Checkpoint untold = new EditedCheckpoint(file, stored, Map.of());
            CheckpointWriter.write(weights, untold, DType.F32, CheckpointWriter.Format.TIED, Progress.NONE);
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2/prefixed, ''", "gpt2/prefixed, transformer.", "gated/olmo, model.", "marian/odd-sizes, ''"})
    void aFolderThatPythonSavedFromItIsReadByWhatItsConfigSays(String fixture, String droppedPrefix) throws Exception {
        save(fixture);
        saveAsPython(droppedPrefix);
        host.run("load " + saved + " --as again", session);
        assertSame("again");
        host.run("save again " + folder.resolve("once-more"), session);
        host.run("load " + folder.resolve("once-more") + " --as more", session);
        assertSame("more");
    }

    @Test
    void aTiedFolderWithoutTheTensorThatPlacesShareIsRefused() throws Exception {
        ObjectNode config = (ObjectNode) save("gpt2/prefixed");
        saveAsPython("");
        ObjectNode ties = (ObjectNode) config.get("ties");
        ties.put("transformer.h.1.mlp.c_fc.weight", "transformer.h.0.mlp.lost.weight");
        JSON.writeValue(saved.resolve("config.json").toFile(), config);
        assertEquals(
                saved.resolve("model.safetensors")
                        + " lacks the tensor 'transformer.h.0.mlp.lost.weight', which config.json says is that of 1 other"
                        + " place too; get the whole folder, or save the model anew",
                host.refusal("load " + saved + " --as x", session));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | 'ties' should be an object of tensors' names, is []",
                "{\"a\":3} | 'ties' should name a tensor for 'a', is 3"
            })
    void tiesThatNameNoTensorsAreRefused(String ties, String message) throws Exception {
        ObjectNode config = (ObjectNode) save("gpt2/prefixed");
        config.set("ties", JSON.readTree(ties));
        JSON.writeValue(saved.resolve("config.json").toFile(), config);
        assertEquals(saved.resolve("config.json") + ": " + message, host.refusal("load " + saved + " --as x", session));
    }

    @Test
    void anAlteredModelingFileIsSaid() throws Exception {
        save("gpt2/prefixed");
        Path modeling = saved.resolve("modeling_ffmerge_gpt2.py");
        Files.writeString(modeling, Files.readString(modeling) + "\nimport os\n");
        host.run("load " + saved + " --as again", session);
        assertTrue(
                host.notices.toString().contains(modeling + " was altered since the model was saved"),
                host.notices.toString());
    }

    @Test
    void whatSharesNothingIsTheFamilysOwnFolder() throws Exception {
        saved = folder.resolve("saved");
        host.run("load " + RESOURCES.resolve("gpt2/prefixed") + " --as base", session);
        host.run("save base " + saved, session);
        assertEquals("gpt2", json("config.json").path("model_type").asText());
        assertFalse(Files.exists(saved.resolve("modeling_ffmerge_gpt2.py")));
    }

    @Test
    void aFolderIsReplacedWithItsModelingFile() throws Exception {
        save("gpt2/prefixed");
        host.run("save base " + saved + " --replace", session);
        assertFalse(Files.exists(saved.resolve("modeling_ffmerge_gpt2.py")));
    }

    @Test
    void mergedAttentionIsTiedToo() throws Exception {
        saved = folder.resolve("saved");
        host.run("load " + RESOURCES.resolve("gpt2/prefixed") + " --as base", session);
        host.run("merge base --site attention --window 1-2 --align none --as small", session);
        host.run("save small " + saved, session);
        assertEquals(
                "transformer.h.1.attn.c_attn.bias",
                json("config.json")
                        .path("ties")
                        .path("transformer.h.2.attn.c_attn.bias")
                        .asText());
        host.run("load " + saved + " --as again", session);
        assertSame("again");
    }
}
