package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.SafetensorsFile;
import ffmerge.model.TransformerModel;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.SaveResult;
import ffmerge.result.ShrinkResult;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose linear maps are held in fewer bits, written to disk in these bits and read again. */
class SavedFormsTest extends WordModelTests {
    private static final ObjectMapper JSON = new ObjectMapper();

    private double value(String name) {
        return ((EvalResult) run("eval " + name + " --limit 8 --data " + data)).value();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nf4", "int8", "int8-weight"})
    void whatIsSavedInItsBitsIsTheSameAgain(String form) throws Exception {
        run("merge base --window 0-1 --align none --as m");
        DryRun predicted = (DryRun) run("quantize m --to " + form + " --dry-run");
        ShrinkResult quantized = (ShrinkResult) run("quantize m --to " + form + " --as q");
        assertEquals(form, quantized.method());
        assertEquals(predicted.bytesAfter(), quantized.bytesAfter());
        assertEquals(model("q").parameters().bytes(), quantized.bytesAfter());
        assertEquals(quantized.parametersBefore(), quantized.parametersAfter());

        Path saved = folder.resolve("saved");
        SaveResult written = (SaveResult) run("save q " + saved + " --dtype float32");
        assertTrue(host.notices.toString().contains("transformers doesn't"), host.notices.toString());
        try (SafetensorsFile file = SafetensorsFile.open(saved.resolve("model.safetensors"))) {
            long values =
                    file.tensors().values().stream().mapToLong(s -> s.bytes()).sum();
            assertEquals(quantized.bytesAfter(), values, "each shared weight once, in its bits");
        }
        assertEquals(Files.size(saved.resolve("model.safetensors")), written.bytes());
        run("load " + saved + " --as again");
        TransformerModel before = model("q");
        TransformerModel again = model("again");
        assertEquals(before.parameters().ties(), again.parameters().ties());
        assertEquals(before.parameters().bytes(), again.parameters().bytes());
        assertEquals(form, again.parameters().form().orElseThrow().label());
        for (ModelTensor tensor : before.architecture().tensors()) {
            assertArrayEquals(
                    before.checkpoint().read(tensor.name()), again.checkpoint().read(tensor.name()), tensor.name());
        }
        assertEquals(value("q"), value("again"), 0);
        assertEquals(session.lineage("q").toString(), session.lineage("again").toString());

        Path wide = folder.resolve("wide");
        run("save again " + wide + " --format expanded");
        JsonNode config = JSON.readTree(wide.resolve("config.json").toFile());
        assertEquals("olmo", config.path("model_type").asText());
        assertTrue(config.path("ffmerge").isMissingNode(), config.toString());
        run("load " + wide + " --as floats");
        assertTrue(model("floats").parameters().form().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"int8", "int8-weight"})
    void adaptersAreTunedBesideFrozenIntegersAndFolded(String form) {
        run("quantize base --to " + form + " --as q");
        run("tune q --adapters per-layer --steps 3 --batch 2 --rank 2 --as t --data " + data);
        assertTrue(model("t").parameters().isQuantized());
        run("fold t --as f");
        // of products in integers, folding keeps the weights but not how they are multiplied
        assertEquals(value("t"), value("f"), (form.equals("int8") ? 2e-2 : 1e-4) * value("t"));
        assertEquals(
                model("base").parameters().uniqueCount(),
                model("f").parameters().uniqueCount());
    }

    @Test
    void anotherFormThanTheFilesIsRefused() {
        run("quantize base --to int8 --as q");
        Path saved = folder.resolve("saved");
        run("save q " + saved);
        assertEquals(
                saved
                        + " holds its linear maps in int8; they can't be put into nf4: load the model that it was made from",
                refusal("load " + saved + " --dtype nf4 --as x"));
        run("load " + saved + " --dtype int8 --as same");
        assertTrue(model("same").parameters().isQuantized());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ffmerge.weights | int3 | config.json: the weights are held in 'int3', which isn't known here; a newer"
                        + " version may have written it",
                "intermediate_size | 12 | tensor 'model.layers.0.mlp.gate_proj.weight.integers' is int8 of the shape"
                        + " [11, 12], config.json asks for int8 of the shape [12, 12]"
            })
    void aDamagedFolderIsRefusedInOneLine(String key, String value, String message) throws Exception {
        run("quantize base --to int8 --as q");
        Path saved = folder.resolve("saved");
        run("save q " + saved);
        Path file = saved.resolve("config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        if (key.startsWith("ffmerge.")) {
            ((ObjectNode) config.get("ffmerge")).put("weights", value);
        } else {
            config.put(key, Integer.parseInt(value));
        }
        JSON.writeValue(file.toFile(), config);
        String refusal = refusal("load " + saved + " --as x");
        assertTrue(refusal.endsWith(message), refusal);
    }
}
