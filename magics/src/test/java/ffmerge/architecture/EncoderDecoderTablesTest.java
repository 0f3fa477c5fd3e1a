package ffmerge.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What configs of encoder–decoders mean by keys that they have or lack, as the families' classes in transformers have it. */
class EncoderDecoderTablesTest {
    private static Architecture of(String config) {
        return Architecture.of(ModelConfig.parse(config, "config.json"));
    }

    private static Architecture t5(String more) {
        return of("{\"model_type\":\"t5\",\"decoder_start_token_id\":0,\"vocab_size\":50" + more + "}");
    }

    private static List<Integer> layers(Architecture architecture) {
        return architecture.stacks().stream().map(Stack::layers).toList();
    }

    @Test
    void aConfigThatLacksSizesHasThoseOfItsFamily() {
        Architecture bart = of("{\"model_type\":\"bart\"}");
        assertEquals(List.of(12, 12), layers(bart));
        assertEquals(4096, bart.stack("decoder").feedForwardWidth());
        assertEquals(1024, bart.modelWidth());
        assertEquals(50265, bart.vocabulary());
        assertEquals(1, bart.settings().token("padding", 50265));
        Architecture mt5 = of("{\"model_type\":\"mt5\"}");
        assertEquals(List.of(8, 8), layers(mt5));
        assertEquals(1024, mt5.stack("encoder").feedForwardWidth());
        assertEquals(0, mt5.settings().token("start", 50));
    }

    @Test
    void aKeyWithoutAValueIsNone() {
        Architecture bart = of("{\"model_type\":\"bart\",\"pad_token_id\":null}");
        assertEquals(
                "config.json: 'pad_token_id' should be a token of the vocabulary, is missing",
                assertThrows(UserError.class, () -> bart.settings().token("padding", 50))
                        .getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | 6 | 6",
                ",\"num_layers\":3 | 3 | 3",
                ",\"num_hidden_layers\":3 | 3 | 3",
                ",\"num_layers\":3,\"num_decoder_layers\":null | 3 | 3",
                ",\"num_layers\":3,\"num_decoder_layers\":2 | 3 | 2"
            })
    void theDecoderIsAsDeepAsTheEncoderUnlessItIsSaid(String more, int encoder, int decoder) {
        assertEquals(List.of(encoder, decoder), layers(t5(more)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | relu | false",
                ",\"feed_forward_proj\":\"relu\" | relu | false",
                ",\"feed_forward_proj\":\"gelu\" | gelu | false",
                ",\"feed_forward_proj\":\"gated-gelu\" | gelu_new | true",
                ",\"feed_forward_proj\":\"gated-silu\" | silu | true",
                ",\"feed_forward_proj\":\"gated-relu\" | relu | true",
                ",\"feed_forward_proj\":\"gated-gelu\",\"dense_act_fn\":\"gelu\" | gelu | true"
            })
    void oneWordSaysTheActivationAndTheGates(String more, String activation, boolean gated) {
        Architecture t5 = t5(more);
        assertEquals(activation, t5.settings().text("activation"));
        assertEquals(gated, t5.feedForward("decoder", 1).isGated());
        assertEquals(gated ? 3 : 2, t5.feedForward("encoder", 0).tensors().size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "t5 | '' | true",
                "t5 | ,\"tie_word_embeddings\":null | true",
                "t5 | ,\"tie_word_embeddings\":false | false",
                "t5 | ,\"tie_word_embeddings\":true,\"scale_decoder_outputs\":false | false",
                "mt5 | ,\"tie_word_embeddings\":true | false"
            })
    void t5ScalesWhatEntersItsHeadUnlessItIsUntied(String type, String more, boolean scaled) {
        Architecture t5 = of("{\"model_type\":\"" + type + "\"" + more + "}");
        assertEquals(scaled, t5.settings().flag("scaledHead"));
    }

    @Test
    void widthsOfStacksThatHaveOneKeyAreApartOnlyWhereTheyDiffer() {
        Architecture t5 = t5(",\"d_ff\":30");
        Architecture one = t5.withFeedForwardWidth("encoder", 20);
        assertEquals(20, one.stack("encoder").feedForwardWidth());
        assertEquals(30, one.stack("decoder").feedForwardWidth());
        assertTrue(one.config().hasOwn());
        assertEquals("the FF sublayers of its stacks are not of one width", one.peculiarity());
        Architecture both = one.withFeedForwardWidth("decoder", 20);
        assertEquals(20, both.stack("decoder").feedForwardWidth());
        assertFalse(both.config().hasOwn());
        assertEquals(20, both.config().size("d_ff"));
    }

    /** The first layer may go: what it holds for all of them stays. */
    @Test
    void biasesByDistanceBelongToNoLayer() {
        String name = "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
        Architecture shallow = t5("").keeping("decoder", List.of(3, 4));
        assertEquals(List.of(6, 2), layers(shallow));
        assertTrue(shallow.tensors().stream().anyMatch(t -> t.name().equals(name) && t.stack() == null));
    }

    @Test
    void freshMapsAreDrawnByWhatEntersThem() {
        Settings settings = t5(",\"d_model\":64,\"d_kv\":4,\"d_ff\":100,\"initializer_factor\":2")
                .settings();
        assertEquals(2 / 8., FreshDeviation.of(settings, "up", true, 64), 1e-12);
        assertEquals(2 / 10., FreshDeviation.of(settings, "down", true, 100), 1e-12);
        assertEquals(2 / 16., FreshDeviation.of(settings, "source-query", true, 64), 1e-12);
        assertEquals(2 / 8., FreshDeviation.of(settings, "source-relative-bias", false, 0), 1e-12);
        assertEquals(2, FreshDeviation.of(settings, "tokens", false, 0), 1e-12);
        Settings bart = of("{\"model_type\":\"bart\",\"init_std\":0.3}").settings();
        assertEquals(0.3, FreshDeviation.of(bart, "up", true, 64), 1e-12);
    }
}
