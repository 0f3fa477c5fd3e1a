package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.data.TokenBatch;
import ffmerge.fixture.Outputs;
import ffmerge.model.TransformerModel;
import ffmerge.result.SaveResult;
import ffmerge.tokenize.TextTokenizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that the gguf package wrote, and what transformers computes of them: resources/gguf/generate.py. */
class GgufTest extends SessionTests {
    private static final Path RESOURCES = Path.of("src/test/resources/gguf");

    private static JsonNode expected() throws Exception {
        return new ObjectMapper().readTree(RESOURCES.resolve("expected.json").toFile());
    }

    private float[] logits(String name, JsonNode ids) {
        int rows = ids.size();
        int length = ids.get(0).size();
        long[] tokens = new long[rows * length];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = ids.get(i / length).get(i % length).asLong();
        }
        return Outputs.logits(session.model(name, host), new TokenBatch(tokens, rows, length, 1));
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers.get(i).asDouble();
        }
        return floats;
    }

    private void assertTokens(JsonNode expected, JsonNode texts, Path folder) {
        try (TextTokenizer tokenizer = TextTokenizer.load(folder)) {
            for (int i = 0; i < texts.size(); i++) {
                int[] ids = tokenizer
                        .encode(List.of(texts.get(i).asText()), true)
                        .get(0)
                        .ids();
                assertEquals(expected.get(i).toString(), Arrays.toString(ids).replace(" ", ""));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2"})
    void aFileOfAllTypesComputesWhatTransformersDoes(String family) throws Exception {
        JsonNode expected = expected();
        host.run("load " + RESOURCES.resolve(family + ".gguf"), session);
        assertArrayEquals(
                floats(expected.get(family).get("logits")),
                logits(family, expected.get(family).get("ids")),
                1e-4f);
        assertTokens(
                expected.get(family).get("tokens"),
                expected.get("texts"),
                session.model(family, host).origin().folder());
        assertTrue(host.notices.isEmpty(), host.notices.toString());
    }

    /** What is written is read again with the same values; shared ones stand in each place. */
    @ParameterizedTest
    @CsvSource({"llama, float32, 0", "gpt2, float32, 0", "llama, float16, 5e-3", "llama, q8_0, 5e-2", "gpt2, q8_0, 5e-2"
    })
    void aModelIsWrittenAndReadAgain(String family, String dtype, float tolerance) throws Exception {
        JsonNode expected = expected();
        host.run("load " + RESOURCES.resolve(family + ".gguf") + " --as base", session);
        host.run("merge base --window 0-1 --align none --as small", session);
        Path saved = folder.resolve("saved");
        SaveResult result = (SaveResult) host.run("save small " + saved + " --format gguf --dtype " + dtype, session);
        assertEquals(Files.size(saved.resolve("model.gguf")), result.bytes());
        assertTrue(host.notices.toString().contains("GGUF knows no ties"), host.notices.toString());
        host.run("load " + saved + " --as again", session);
        JsonNode ids = expected.get(family).get("ids");
        assertArrayEquals(logits("small", ids), logits("again", ids), tolerance);
        TransformerModel small = session.model("small", host);
        TransformerModel again = session.model("again", host);
        assertTrue(again.parameters().uniqueCount() > small.parameters().uniqueCount());
        assertTokens(
                expected.get(family).get("tokens"),
                expected.get("texts"),
                again.origin().folder());
        host.run("save small " + saved + " --format gguf --replace", session);
    }

    private Path altered(int at, int... bytes) throws Exception {
        byte[] file = Files.readAllBytes(RESOURCES.resolve("gpt2.gguf"));
        for (int i = 0; i < bytes.length; i++) {
            file[at + i] = (byte) bytes[i];
        }
        return Files.write(folder.resolve("altered.gguf"), file);
    }

    /** Where the description of a tensor's shape begins. */
    private static int descriptionOf(String tensor) throws Exception {
        byte[] file = Files.readAllBytes(RESOURCES.resolve("gpt2.gguf"));
        return new String(file, StandardCharsets.ISO_8859_1).indexOf(tensor) + tensor.length();
    }

    private void assertRefused(Path file, String message) {
        String refusal = host.refusal("load " + file + " --as x", session);
        assertTrue(refusal.startsWith(file.toString()) && refusal.contains(message), refusal);
        assertTrue(!refusal.contains("\n") && !refusal.contains("java."), refusal);
    }

    @Test
    void aTypeThatIsNotReadIsNamed() throws Exception {
        // after the number of axes, two axes
        int type = descriptionOf("blk.1.ffn_up.weight") + 4 + 2 * 8;
        assertRefused(
                altered(type, 12),
                "tensor 'blk.1.ffn_up.weight' is of the type q4_K, which isn't read here; read are float32, float16,"
                        + " q4_0, q4_1, q8_0, bfloat16");
        assertRefused(altered(type, 77), "of the type number 77");
    }

    @Test
    void whatLiesAboutSizesIsRefused() throws Exception {
        int axes = descriptionOf("blk.1.ffn_up.weight");
        assertRefused(altered(axes, 9), "has 9 axes");
        assertRefused(altered(axes + 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), "is damaged");
        assertRefused(altered(axes + 4, 0, 0, 0, 0, 0, 0, 0, 0), "has an axis of 0 elements");
        assertRefused(altered(axes + 4 + 2 * 8 + 4 + 1, 0xff), "is damaged"); // the offset
        assertRefused(altered(8, 0xff, 0xff, 0xff, 0xff), "tensors in a file of"); // how many tensors
        assertRefused(altered(16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), "entries in a file of");
        assertRefused(altered(0, 'X'), "is no GGUF file");
        assertRefused(altered(4, 1), "is GGUF of version 1");
    }

    @Test
    void aFileThatIsCutOffAnywhereIsRefused() throws Exception {
        byte[] file = Files.readAllBytes(RESOURCES.resolve("gpt2.gguf"));
        for (int length = 0; length < file.length; length += 1 + length / 7) {
            Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(file, length));
            String refusal = host.refusal("load " + cut + " --as x", session);
            assertTrue(refusal.startsWith(cut.toString()), length + ": " + refusal);
        }
    }

    @Test
    void anotherArchitectureIsRefusedByName() throws Exception {
        byte[] file = Files.readAllBytes(RESOURCES.resolve("gpt2.gguf"));
        String text = new String(file, StandardCharsets.ISO_8859_1);
        int at = text.indexOf("general.architecture") + 20 + 4 + 8;
        assertEquals(4, ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(at - 8), "the length of its name");
        assertRefused(
                altered(at, 'r', 'w', 'k', 'v'),
                " holds a model of the architecture 'rwkv', which isn't read from GGUF here; read are llama and gpt2");
    }

    @Test
    void aFamilyWithoutWordsInGgufIsRefused() {
        host.run("load src/test/resources/gated/olmo --as base", session);
        assertEquals(
                "models of the type 'olmo' aren't written as GGUF here, those of llama and gpt2 are; --format expanded"
                        + " writes what llama.cpp's converter takes",
                host.refusal("save base " + folder.resolve("x") + " --format gguf", session));
        assertEquals(
                "--dtype q8_0 goes with --format gguf; float32, float16 and bfloat16 with every format",
                host.refusal("save base " + folder.resolve("x") + " --dtype q8_0", session));
    }
}
