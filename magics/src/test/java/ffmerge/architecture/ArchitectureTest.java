package ffmerge.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.fixture.TinyGpt2;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchitectureTest {
    private static Architecture of(String config) {
        return Architecture.of(ModelConfig.parse(config, "config.json"));
    }

    private static String refusal(String config) {
        return assertThrows(UserError.class, () -> of(config)).getMessage();
    }

    private static ModelTensor tensor(Architecture architecture, String name) {
        return architecture.tensors().stream()
                .filter(t -> t.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        // gpt2, gpt2-medium, gpt2-large, gpt2-xl: the sizes that everyone knows
        "12, 768, 124439808",
        "24, 1024, 354823168",
        "36, 1280, 774030080",
        "48, 1600, 1557611200"
    })
    void parametersAreCountedFromTheConfigAlone(int layers, int width, long parameters) {
        Architecture gpt2 = of("""
                {"model_type":"gpt2","n_layer":%d,"n_embd":%d,"n_head":4,"vocab_size":50257,"n_positions":1024}""".formatted(layers, width));
        assertEquals(parameters, gpt2.parameters());
        assertEquals(4 + 12L * layers, gpt2.tensors().size());
    }

    @Test
    void mergingThreeOfSixInBothStacksOfThePublishedTranslatorRemovesWhatThePaperSays() {
        Architecture marian = Architecture.of(
                ModelConfig.published("Helsinki-NLP/opus-mt-zh-en").orElseThrow());
        long one = marian.feedForward("decoder", 2).parameters();
        assertEquals(one, marian.feedForward("encoder", 2).parameters());
        double removed = 100. * 4 * one / marian.parameters();
        assertEquals("10.78", String.format(Locale.ROOT, "%.2f", removed));
    }

    @Test
    void aStackHasItsOwnLayersAndWidth() {
        Architecture marian = of("""
                {"model_type":"marian","d_model":12,"vocab_size":31,"max_position_embeddings":14,"encoder_layers":3,
                 "decoder_layers":2,"encoder_ffn_dim":7,"decoder_ffn_dim":17,"num_hidden_layers":3}""");
        assertEquals(7, marian.stack("encoder").feedForwardWidth());
        assertEquals(17, marian.stack("decoder").feedForwardWidth());
        Architecture shallow = marian.withLayers("encoder", 1);
        assertEquals(1, shallow.stack("encoder").layers());
        assertEquals(2, shallow.stack("decoder").layers());
        assertEquals(1, shallow.config().size("num_hidden_layers"), "what repeats the number follows it");
        ModelTensor bias = tensor(marian, "final_logits_bias");
        assertEquals(List.of(1L, 31L), bias.shape());
        assertFalse(bias.isParameter());
    }

    @Test
    void aFeedForwardSublayerIsFourTensorsWithNamedAxes() {
        Architecture gpt2 = of(new TinyGpt2(2).width(12, 3).units(7).configText());
        FeedForwardSublayer sublayer = gpt2.feedForward("decoder", 1);
        assertEquals(
                new FeedForwardSublayer(
                        "decoder",
                        1,
                        7,
                        List.of(
                                new FeedForwardTensor(
                                        "up",
                                        "transformer.h.1.mlp.c_fc.weight",
                                        List.of("model", "hidden"),
                                        List.of(12L, 7L)),
                                new FeedForwardTensor(
                                        "up-bias", "transformer.h.1.mlp.c_fc.bias", List.of("hidden"), List.of(7L)),
                                new FeedForwardTensor(
                                        "down",
                                        "transformer.h.1.mlp.c_proj.weight",
                                        List.of("hidden", "model"),
                                        List.of(7L, 12L)),
                                new FeedForwardTensor(
                                        "down-bias",
                                        "transformer.h.1.mlp.c_proj.bias",
                                        List.of("model"),
                                        List.of(12L)))),
                sublayer);
        assertEquals(12 * 7 + 7 + 7 * 12 + 12, sublayer.parameters());
    }

    @Test
    void aWidthThatIsNotGivenIsFourTimesTheModels() {
        Architecture gpt2 = of(new TinyGpt2(1).width(6, 1).configText());
        assertEquals(24, gpt2.stack("decoder").feedForwardWidth());
        assertEquals(
                List.of(6L, 24L),
                tensor(gpt2, "transformer.h.0.mlp.c_fc.weight").shape());
    }

    @Test
    void everyTensorMayStandWithOrWithoutPrefixAndIsSavedWithIt() {
        Architecture gpt2 = of(new TinyGpt2(1).configText());
        assertEquals(
                List.of("transformer.h.0.ln_1.weight", "h.0.ln_1.weight"),
                tensor(gpt2, "transformer.h.0.ln_1.weight").spellings());
        assertEquals(
                new TensorSpec("transformer.wpe.weight", DType.F16, List.of(16L, 12L)),
                tensor(gpt2, "transformer.wpe.weight").spec(DType.F16));
    }

    @Test
    void aHeadOfItsOwnIsThereOnlyWhereTheConfigUntiesIt() {
        assertTrue(of(new TinyGpt2(1).configText()).tensors().stream()
                .noneMatch(t -> t.name().contains("lm_head")));
        Architecture untied =
                of(new TinyGpt2(1).config("tie_word_embeddings", false).configText());
        assertEquals(List.of("lm_head.weight"), tensor(untied, "lm_head.weight").spellings());
    }

    @Test
    void buffersOfOldFilesAreIgnoredAndOtherNamesAreUnknown() {
        Architecture gpt2 = of(new TinyGpt2(2).configText());
        for (String known : List.of(
                "h.0.attn.bias",
                "h.11.attn.masked_bias",
                "transformer.h.1.attn.bias",
                "wte.weight",
                "transformer.wte.weight")) {
            assertFalse(gpt2.isUnknown(known), known);
        }
        for (String unknown :
                List.of("h.x.attn.bias", "h.0.attn.bias2", "h0.attn.bias", "h.7.ln_1.weight", "model.wte.weight", "")) {
            assertTrue(gpt2.isUnknown(unknown), unknown);
        }
    }

    @Test
    void anotherNumberOfLayersIsAnotherArchitecture() {
        Architecture five = of(new TinyGpt2(5).configText());
        Architecture two = five.withLayers("decoder", 2);
        assertEquals(2, two.stack("decoder").layers());
        assertEquals(of(new TinyGpt2(2).configText()).tensors(), two.tensors());
        assertEquals(2, two.config().size("n_layer"));
        assertEquals(5, five.config().size("n_layer"), "the first stays as it was");
    }

    @Test
    void stacksAndLayersThatAreNotThereAreNamedWithThoseThatAre() {
        Architecture gpt2 = of(new TinyGpt2(3).configText());
        assertEquals(
                "GPT-2 has no stack 'encoder'; it has decoder",
                assertThrows(UserError.class, () -> gpt2.stack("encoder")).getMessage());
        for (int layer : new int[] {-1, 3}) {
            assertEquals(
                    "there is no layer " + layer + ": the decoder has layers 0 to 2",
                    assertThrows(UserError.class, () -> gpt2.feedForward("decoder", layer))
                            .getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"model_type\":\"bloom\"}', bloom",
        "'{}', ''",
        "'{\"model_type\":null}', ''",
        "'{\"model_type\":7}', 7"
    })
    void aFamilyThatIsNotKnownIsNamedWithThoseThatAre(String config, String printed) {
        String start = "config.json has the model_type '" + printed + "'; known are ";
        String refusal = refusal(config);
        assertTrue(refusal.startsWith(start), refusal);
        List<String> known = List.of(refusal.substring(start.length()).split(", "));
        assertTrue(known.containsAll(List.of("bert", "gpt2", "llama", "marian", "phoo", "vit")), refusal);
        assertEquals(known.stream().distinct().sorted().toList(), known);
    }

    /** What transformers counts of models that are made of a config of nothing else. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bert | BertForMaskedLM | | 109514298",
                "bert | BertForSequenceClassification | | 109483778",
                "bert | BertModel | | 109482240",
                "roberta | RobertaForMaskedLM | | 124696665",
                "roberta | RobertaForSequenceClassification | ,'type_vocab_size':1 | 124645634",
                "distilbert | DistilBertForMaskedLM | | 66985530",
                "distilbert | DistilBertForSequenceClassification | | 66955010",
                "vit | ViTForImageClassification | | 85800194",
                "deit | DeiTForImageClassification | | 85801730",
                "deit | DeiTForImageClassificationWithTeacher | | 85803268",
                "dinov2 | Dinov2ForImageClassification | | 85728770",
                "dinov2 | Dinov2ForImageClassification | ,'use_swiglu_ffn':true | 85741058",
                "dinov2 | Dinov2ForImageClassification | ,'use_swiglu_ffn':true,'hidden_size':1536,'num_hidden_layers':40,"
                        + "'num_attention_heads':24 | 1134777346",
                "clip | CLIPForImageClassification | ,'vision_config':{'num_hidden_layers':12,'num_attention_heads':12} |"
                        + " 87457538"
            })
    void whatAConfigOfAnEncoderLacksIsTransformersDefault(String type, String named, String more, long parameters) {
        String config = "{\"model_type\":\"" + type + "\",\"architectures\":[\"" + named + "\"]"
                + (more == null ? "" : more.replace('\'', '"')) + "}";
        assertEquals(parameters, of(config).parameters());
    }

    @Test
    void theHeadOfAnEncoderIsTheOneThatItsConfigNames() {
        String known = ", known are BertForMaskedLM, BertForPreTraining, BertForSequenceClassification, BertModel";
        String start = "config.json: 'architectures' says which head a BERT has; it ";
        assertEquals(start + "is missing" + known, refusal("{\"model_type\":\"bert\"}"));
        assertEquals(
                start + "names BertForQuestionAnswering" + known,
                refusal("{\"model_type\":\"bert\",\"architectures\":[\"BertForQuestionAnswering\"]}"));
        assertTrue(refusal("{\"model_type\":\"clip\",\"architectures\":[\"CLIPModel\"]}")
                .contains("CLIPModel"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BertForMaskedLM | 'position_embedding_type':'relative_key' | 'position_embedding_type' \"relative_key\" is not"
                        + " supported; supported is absolute",
                "BertForMaskedLM | 'is_decoder':true | a BERT that is a decoder ('is_decoder') is not supported",
                "BertForSequenceClassification | 'problem_type':'regression' | 'problem_type' \"regression\" is not supported;"
                        + " supported is single_label_classification"
            })
    void whatAnEncodersPassDoesNotDoIsRefused(String named, String setting, String message) {
        String config =
                "{\"model_type\":\"bert\",\"architectures\":[\"" + named + "\"]," + setting.replace('\'', '"') + "}";
        assertEquals(
                "config.json: " + message,
                assertThrows(UserError.class, () -> of(config).requireSupported())
                        .getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "\"12\"", "null", "4294967297", "[]", "true"})
    void aSizeThatCannotBeIsNamed(String size) {
        for (String key : List.of("n_layer", "n_embd", "vocab_size", "n_positions")) {
            String config =
                    new TinyGpt2(2).configText().replaceFirst("\"" + key + "\":\\d+", "\"" + key + "\":" + size);
            assertEquals("config.json: '" + key + "' should be a positive whole number, is " + size, refusal(config));
        }
    }

    @Test
    void aSizeThatIsMissingIsNamed() {
        String config = new TinyGpt2(2).configText().replace("vocab_size", "vocabulary");
        assertEquals("config.json: 'vocab_size' should be a positive whole number, is missing", refusal(config));
    }

    @ParameterizedTest
    @CsvSource({"n_layer, 10001", "n_layer, 2147483647", "n_embd, 4194305", "n_embd, 2147483647", "n_inner, 16777217"})
    void aSizeBeyondAllReasonIsRefusedBeforeItTakesMemory(String key, int size) {
        String config = new TinyGpt2(2).config(key, size).configText();
        assertEquals("config.json: '" + key + "' is " + size + ", too large to be true", refusal(config));
    }

    @Test
    void theTurkishIMakesNoDifference() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(new Locale("tr"));
            assertEquals(
                    Architecture.Task.LANGUAGE_MODELLING,
                    of(new TinyGpt2(1).configText()).task());
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void aVitsSizesFollowFromImagesAndPatches() {
        Architecture vit = of("""
                {"model_type":"vit","hidden_size":6,"intermediate_size":10,"num_hidden_layers":2,"num_attention_heads":1,
                 "image_size":[9,13],"patch_size":[2,4],"qkv_bias":false,"id2label":{"0":"a","1":"b","2":"c"},"num_labels":9}""");
        assertEquals(
                List.of(1L, 13L, 6L),
                tensor(vit, "vit.embeddings.position_embeddings").shape());
        assertEquals(
                List.of(6L, 3L, 2L, 4L),
                tensor(vit, "vit.embeddings.patch_embeddings.projection.weight").shape());
        assertEquals(List.of(3L, 6L), tensor(vit, "classifier.weight").shape());
        assertTrue(vit.tensors().stream().noneMatch(t -> t.name().endsWith("query.bias")));
        assertEquals(6, vit.modelWidth());
        assertEquals(Architecture.Task.IMAGE_CLASSIFICATION, vit.task());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ';',
            value = {
                // OLMo-7B, Llama-2-7b, Llama-3.1-8B, Llama-3.2-1B, Mistral-7B-v0.1, OLMo-2-1124-7B: 2vd (tied vd)
                // + layers (2d(q + kv) + 3df + norms) + norm
                "olmo; 32; 4096; 11008; 32; 32; 50304; false; 6888095744",
                "llama; 32; 4096; 11008; 32; 32; 32000; false; 6738415616",
                "llama; 32; 4096; 14336; 32; 8; 128256; false; 8030261248",
                "llama; 16; 2048; 8192; 32; 8; 128256; true; 1235814400",
                "mistral; 32; 4096; 14336; 32; 8; 32000; false; 7241732096",
                "olmo2; 32; 4096; 11008; 32; 32; 100352; false; 7298617344"
            })
    void gatedDecodersHaveAsManyParametersAsPublished(
            String type,
            int layers,
            int width,
            int units,
            int heads,
            int keyValueHeads,
            int vocabulary,
            boolean tied,
            long parameters) {
        Architecture decoder = of("""
                {"model_type":"%s","num_hidden_layers":%d,"hidden_size":%d,"intermediate_size":%d,"num_attention_heads":%d,
                 "num_key_value_heads":%d,"vocab_size":%d,"tie_word_embeddings":%b}""".formatted(type, layers, width, units, heads, keyValueHeads, vocabulary, tied));
        assertEquals(parameters, decoder.parameters());
        assertEquals(
                3L * width * units, decoder.feedForward("decoder", layers - 1).parameters());
        assertTrue(decoder.feedForward("decoder", 0).isGated());
    }

    @Test
    void theSmallerPublishedOlmoIsTied() {
        Architecture olmo =
                Architecture.of(ModelConfig.published("allenai/OLMo-1B-hf").orElseThrow());
        assertEquals(1_176_764_416, olmo.parameters());
        assertEquals(1 + 16 * 7, olmo.tensors().size());
    }

    @Test
    void aGatedSublayersTensorsHaveRolesAndNamedAxes() {
        Architecture llama = of("""
                {"model_type":"llama","num_hidden_layers":1,"hidden_size":10,"intermediate_size":7,"num_attention_heads":3,
                 "num_key_value_heads":1,"head_dim":4,"vocab_size":11,"attention_bias":true,"mlp_bias":true}""");
        assertEquals(
                List.of(
                        new FeedForwardTensor(
                                "gate",
                                "model.layers.0.mlp.gate_proj.weight",
                                List.of("hidden", "model"),
                                List.of(7L, 10L)),
                        new FeedForwardTensor(
                                "gate-bias", "model.layers.0.mlp.gate_proj.bias", List.of("hidden"), List.of(7L)),
                        new FeedForwardTensor(
                                "up",
                                "model.layers.0.mlp.up_proj.weight",
                                List.of("hidden", "model"),
                                List.of(7L, 10L)),
                        new FeedForwardTensor(
                                "up-bias", "model.layers.0.mlp.up_proj.bias", List.of("hidden"), List.of(7L)),
                        new FeedForwardTensor(
                                "down",
                                "model.layers.0.mlp.down_proj.weight",
                                List.of("model", "hidden"),
                                List.of(10L, 7L)),
                        new FeedForwardTensor(
                                "down-bias", "model.layers.0.mlp.down_proj.bias", List.of("model"), List.of(10L))),
                llama.feedForward("decoder", 0).tensors());
        assertEquals(10, llama.modelWidth());
        assertEquals(
                List.of(12L, 10L),
                tensor(llama, "model.layers.0.self_attn.q_proj.weight").shape());
        assertEquals(
                List.of(4L),
                tensor(llama, "model.layers.0.self_attn.v_proj.bias").shape());
        assertEquals(
                List.of(10L, 12L),
                tensor(llama, "model.layers.0.self_attn.o_proj.weight").shape());
        assertFalse(llama.isUnknown("model.layers.3.self_attn.rotary_emb.inv_freq"));
        assertTrue(of("{\"model_type\":\"llama\",\"num_hidden_layers\":1,\"hidden_size\":10,\"intermediate_size\":7,"
                        + "\"num_attention_heads\":2,\"vocab_size\":11}")
                .tensors()
                .stream()
                .noneMatch(t -> t.name().endsWith("bias")));
    }

    @Test
    void thePapersVitLeavesAsManyParametersAsItSays() {
        Architecture vit = Architecture.of(
                ModelConfig.published("google/vit-base-patch16-224").orElseThrow());
        assertEquals(86_567_656, vit.parameters());
        long merged = vit.parameters() - 4 * vit.feedForward("encoder", 3).parameters();
        assertEquals(67_677_928, merged);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"image_size\":0', 'image_size'' should be a positive whole number, is 0'",
        "'\"image_size\":[8,\"x\"]', 'image_size'' should be a positive whole number, is \"x\"'",
        "'\"image_size\":3', 'image_size'' is 3, too small to be true'",
        "'\"image_size\":100000', 'image_size'' is 100000, too large to be true'",
        "'\"image_size\":8,\"id2label\":{}', 'id2label'' should have entries, is {}'"
    })
    void aVitWhoseSizesCannotBeIsRefused(String sizes, String message) {
        String config =
                "{\"model_type\":\"vit\",\"hidden_size\":6,\"num_hidden_layers\":1,\"patch_size\":4," + sizes + "}";
        assertTrue(refusal(config).startsWith("config.json: '" + message), refusal(config));
    }
}
