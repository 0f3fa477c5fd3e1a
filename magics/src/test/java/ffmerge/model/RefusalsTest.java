package ffmerge.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.checkpoint.SafetensorsFile;
import ffmerge.fixture.Cases;
import ffmerge.fixture.SafetensorsBytes;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sound checkpoints that aren't read here say why; what doesn't matter doesn't keep one from being read. */
class RefusalsTest {
    @TempDir
    private Path folder;

    private static void load(Path model) {
        TransformerModel.load(model, Device.cpu(), Progress.NONE).close();
    }

    private static String refusal(Path model) {
        String message = assertThrows(UserError.class, () -> load(model)).getMessage();
        assertFalse(message.contains("java.") || message.contains("\n"), message);
        return message;
    }

    private Path withConfig(Consumer<ObjectNode> change) throws IOException {
        Path model = Cases.model("llama", "", folder.resolve("model"));
        ObjectNode config = PythonJson.readObject(model.resolve("config.json"));
        change.accept(config);
        Files.write(model.resolve("config.json"), PythonJson.write(config));
        return model;
    }

    @Test
    void weightsInEightBitsAreNamed() {
        String message = refusal(Cases.model("llama", "I-refusals/fp8", folder.resolve("model")));
        assertTrue(message.contains("F8_E4M3") && message.contains("model.safetensors"), message);
        assertFalse(message.contains("not a sound"), message);
    }

    @Test
    void gptqIsNamed() {
        String message = refusal(Cases.model("llama", "I-refusals/gptq", folder.resolve("model")));
        assertTrue(message.contains("quantization_config") && message.contains("gptq"), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"quant_method\":\"awq\",\"bits\":4}       | awq",
                "{\"quant_method\":\"fp8\"}                  | fp8",
                "{\"quant_method\":\"compressed-tensors\"}   | compressed-tensors",
                "{\"load_in_4bit\":true}                     | bitsandbytes",
                "{\"bits\":4}                                | isn't named",
                "\"nf4\"                                     | quantization_config",
            })
    void whateverQuantizedItIsNamed(String quantization, String says) throws IOException {
        String message = refusal(
                withConfig(config -> config.set("quantization_config", PythonJson.parse(quantization, "test"))));
        assertTrue(message.contains("'quantization_config'") && message.contains(says), message);
    }

    @ParameterizedTest
    @CsvSource({"null", "{}"})
    void aConfigThatNamesNoQuantizationIsNone(String quantization) throws IOException {
        load(withConfig(config -> config.set("quantization_config", PythonJson.parse(quantization, "test"))));
    }

    @Test
    void numbersThatPythonWritesDontMatterWhereNobodyAsks() throws IOException {
        Path model = Cases.model("llama", "I-refusals/infinity-in-config", folder.resolve("model"));
        assertTrue(Files.readString(model.resolve("config.json")).contains("Infinity"));
        load(model);
    }

    @ParameterizedTest
    @CsvSource({
        "rms_norm_eps, NaN",
        "rms_norm_eps, -1",
        "rms_norm_eps, 1e400",
        "vocab_size, Infinity",
        "num_hidden_layers, 1e9"
    })
    void numbersThatMatterAreRefusedByName(String key, String value) throws IOException {
        String message = refusal(withConfig(config -> config.set(key, PythonJson.parse(value, "test"))));
        assertTrue(message.contains("config.json: '" + key + "' should be"), message);
    }

    /** Packed weights whose config says nothing. */
    @Test
    void namesOfPackedWeightsAreKnown() throws IOException {
        Path model = Cases.model("llama", "", folder.resolve("model"));
        SafetensorsBytes packed = new SafetensorsBytes();
        try (SafetensorsFile file = SafetensorsFile.open(model.resolve("model.safetensors"))) {
            for (String name : file.tensors().keySet()) {
                if (name.endsWith("up_proj.weight")) {
                    packed.tensor(name.replace("weight", "qweight"), "I32", new long[] {1}, new byte[4]);
                } else {
                    long[] shape = file.tensors().get(name).shape().stream()
                            .mapToLong(Long::longValue)
                            .toArray();
                    packed.f32(name, shape, file.read(name));
                }
            }
        }
        SafetensorsBytes.write(model.resolve("model.safetensors"), packed.bytes());
        String message = refusal(model);
        assertTrue(message.contains("quantized weights of GPTQ or AWQ"), message);
        assertEquals(-1, message.indexOf("not a sound"));
    }
}
