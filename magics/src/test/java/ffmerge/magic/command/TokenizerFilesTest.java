package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.fixture.Cases;
import ffmerge.result.EvalResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokenizers of forms that are published, and damaged ones, through the notebook's commands. */
class TokenizerFilesTest extends SessionTests {
    private EvalResult eval(Path model, Path data) {
        host.run("load " + model + " --as m", session);
        return (EvalResult) host.run("eval m --data " + data, session);
    }

    private String refusal(Path model) {
        host.run("load " + model + " --as m", session);
        String message = host.refusal("eval m --data " + Cases.file("H-tokenizer-files/data/text.txt"), session);
        assertFalse(message.contains("java."), message);
        assertFalse(message.contains("\n"), message);
        host.run("info m", session); // what was loaded is still there
        return message;
    }

    @Test
    void tokensThatStandBesideTheTokenizerCount() {
        Path model = Cases.model("llama", "H-tokenizer-files/added-tokens-decoder", folder.resolve("model"));
        double value =
                eval(model, Cases.file("H-tokenizer-files/data/text.txt")).value();
        assertEquals(102.0844698063537, value, 102e-5);
    }

    @Test
    void aLongTextHasTheTokensOfTheWholeWhereATokenizerPutsASpaceBeforeATextToo() throws IOException {
        Path model = Cases.model("gpt2", "H-tokenizer-files/add-prefix-space", folder.resolve("model"));
        Path text = Files.writeString(folder.resolve("text.txt"), Cases.longText(140_000, 1));
        assertEquals(522.6207344804344, eval(model, text).value(), 523 * 2e-6);
    }

    @ParameterizedTest
    @CsvSource({
        "tokenizer-1.json, model.merges[0][1]", "tokenizer-2.json, decoder.type",
        "tokenizer-3.json, model.merges[0][1]", "tokenizer-4.json, model.merges[0][1]"
    })
    void aDamagedTokenizerIsRefusedByItsField(String damaged, String field) throws IOException {
        Path model = Cases.model("gpt2", "", folder.resolve("model"));
        Files.copy(
                Cases.file("L-damaged-files/" + damaged),
                model.resolve("tokenizer.json"),
                StandardCopyOption.REPLACE_EXISTING);
        String message = refusal(model);
        assertTrue(message.startsWith(model.resolve("tokenizer.json") + ": '" + field + "'"), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/decoder          | {\"type\":\"ByteLevel\",\"use_regex\":\"yes\"} | 'decoder.use_regex' should be true or false",
                "/decoder          | {\"type\":\"Strip\",\"content\":\"ab\",\"start\":1,\"stop\":0} | 'decoder.content' should be one character",
                "/decoder          | {\"type\":\"Strip\",\"content\":\"a\",\"start\":-1,\"stop\":0} | 'decoder.start' should be a whole number",
                "/decoder          | {\"type\":\"bytelevel\"}                       | 'decoder.type' should be one of BPEDecoder, ByteFallback",
                "/pre_tokenizer    | {\"type\":\"FixedLength\",\"length\":0}        | 'pre_tokenizer.length' should be a positive",
                "/pre_tokenizer    | {\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Removed\",\"invert\":false} | tokenizer library",
                "/normalizer       | {\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},7]} | 'normalizer.normalizers[1].type' should be one of",
                "/normalizer       | {\"type\":\"Precompiled\",\"precompiled_charsmap\":\"!\"} | 'normalizer.precompiled_charsmap' should be",
                "/normalizer       | {\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AQAAAAD///8A\"} | tokenizer library",
                "/model/vocab/he   | null                                           | 'model.vocab.he' should be a token id, is null",
                "/model/vocab/he   | {\"a\":1}                                      | 'model.vocab.he' should be a token id",
                "/model/vocab/he   | 99999999999                                    | 'model.vocab.he' should be a token id",
                "/model/vocab      | null                                           | 'model.vocab' should be an object",
                "/model/type       | \"Unigram\"                                    | 'model.vocab' should be a list",
                "/added_tokens     | null                                           | 'added_tokens' should be a list",
                "/added_tokens/0/special | null                                     | 'added_tokens[0].special' should be true or false",
                "/post_processor   | {\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}} | 'post_processor.single[0]' should be a token",
                "/model            | null                                           | 'model' should be an object",
                "/version          | 1e400                                          | 'version' should be",
            })
    void whateverIsWrongIsSaid(String pointer, String value, String says) throws IOException {
        Path model = Cases.model("gpt2", "", folder.resolve("model"));
        Path file = model.resolve("tokenizer.json");
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = (ObjectNode) mapper.readTree(file.toFile());
        int slash = pointer.lastIndexOf('/');
        ((ObjectNode) json.at(pointer.substring(0, slash))).set(pointer.substring(slash + 1), mapper.readTree(value));
        Files.writeString(file, json.toString());
        String message = refusal(model);
        assertTrue(message.startsWith(file.toString()) && message.contains(says), message);
    }
}
