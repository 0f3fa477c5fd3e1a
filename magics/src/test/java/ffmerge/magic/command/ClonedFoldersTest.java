package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.fixture.Cases;
import ffmerge.fixture.TinyGpt2;
import ffmerge.result.EvalResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders as clones of repositories leave them: pointers in place of files, weights of other forms, adapters beside a model. */
class ClonedFoldersTest extends SessionTests {
    private static final String POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 118728\n";
    private static final Path TEXT = Cases.file("K-perplexity-protocol/data/text.txt");

    private static void replace(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.writeString(file, POINTER);
    }

    private void assertPointer(Path file, String line) {
        String message = host.refusal(line, session);
        assertTrue(message.startsWith(file + " is a pointer of Git LFS"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "config.json", "tokenizer.json"})
    void aPointerInPlaceOfAModelsFileIsNamed(String name) throws IOException {
        Path model = Cases.model("llama", "", folder.resolve("model"));
        Path file = model.resolve(name);
        replace(file);
        if (!name.startsWith("tokenizer")) {
            assertPointer(file, "load " + model + " --as m");
            return;
        }
        host.run("load " + model + " --as m", session);
        assertPointer(file, "eval m --data " + TEXT);
    }

    @Test
    void aPointerThatNobodyReadsDoesNoHarm() throws IOException {
        Path model = Cases.model("llama", "", folder.resolve("model"));
        replace(model.resolve("pytorch_model.bin"));
        host.run("load " + model + " --as m", session);
    }

    @Test
    void aPointerInPlaceOfWeightsThatAreAPickleIsNamed() throws IOException {
        Path model = Cases.model("llama", "", folder.resolve("model"));
        Files.delete(model.resolve("model.safetensors"));
        replace(model.resolve("pytorch_model.bin"));
        assertPointer(model.resolve("pytorch_model.bin"), "load " + model + " --as m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text.txt", "text.jsonl", "text.csv", "text.parquet"})
    void aPointerInPlaceOfDataIsNamed(String name) throws IOException {
        host.run("load " + Cases.model("llama", "", folder.resolve("model")) + " --as m", session);
        Path file = folder.resolve(name);
        replace(file);
        assertPointer(file, "eval m --data " + file);
    }

    @Test
    void aPointerInPlaceOfSentencePiecesIsNamed() throws IOException {
        Path model = Cases.model("marian", "", folder.resolve("model"));
        replace(model.resolve("source.spm"));
        host.run("load " + model + " --as m", session);
        assertPointer(
                model.resolve("source.spm"),
                "eval m --data " + Cases.file("A-generation-settings/data/pairs.tsv") + " --limit 1");
    }

    @ParameterizedTest
    @CsvSource({
        "model-Q4_K_M.gguf",
        "tf_model.h5",
        "flax_model.msgpack",
        "consolidated.00.pth",
        "model.fp16.safetensors"
    })
    void weightsOfAnotherFormAreNamed(String name) throws IOException {
        Path model = Cases.model("llama", "", folder.resolve("model"));
        Files.move(model.resolve("model.safetensors"), model.resolve(name));
        String message = host.refusal("load " + model + " --as m", session);
        assertTrue(message.contains("holds no model.safetensors") && message.contains("it holds " + name), message);
    }

    @Test
    void adaptersBesideAModelAreLeftOutWithANotice() {
        Path model = Cases.model("llama", "C-adapter-kinds/plain", folder.resolve("model"));
        host.run("load " + model + " --as m", session);
        assertEquals(1, host.notices.size());
        assertTrue(host.notices.get(0).contains("holds adapters too"), host.notices::toString);
        host.notices.clear();
        host.run("load " + model + " --adapters " + model + " --as a", session);
        assertFalse(host.notices.toString().contains("holds adapters too"), host.notices::toString);
        String eval = " --data " + Cases.file("C-adapter-kinds/data/text.txt");
        EvalResult adapted = (EvalResult) host.run("eval a" + eval, session);
        assertEquals(66.24850953992646, adapted.value(), 66e-4);
    }

    @Test
    void layersThatTheConfigDoesNotCountAreTold() throws IOException {
        Path model = new TinyGpt2(3).writeTo(folder.resolve("model"));
        host.run("load " + model + " --as whole", session);
        assertTrue(host.notices.isEmpty(), host.notices::toString);
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceAll("\"n_layer\"\\s*:\\s*3", "\"n_layer\": 2"));
        host.run("load " + model + " --as cut", session);
        assertTrue(
                host.notices.get(0).startsWith(model + " holds 12 tensors that its config.json has no place for")
                        && host.notices.get(0).contains(".h.2."),
                host.notices::toString);
    }

    @Test
    void adaptersAloneAreNoModel() {
        Path adapters = Cases.file("C-adapter-kinds/plain");
        String message = host.refusal("load " + adapters + " --as m", session);
        assertTrue(message.contains("these are adapters") && message.contains("--adapters"), message);
    }
}
