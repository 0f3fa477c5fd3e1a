package ffmerge.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ffmerge.UserError;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which layers slide and which turn, as transformers' configuration classes work it out. */
class LayerKindsTest {
    private static Architecture architecture(String type, int layers, String more) {
        return Architecture.of(ModelConfig.parse("""
                {"model_type":"%s","hidden_size":12,"intermediate_size":7,"num_hidden_layers":%d,"num_attention_heads":4,
                 "num_key_value_heads":2,"head_dim":4,"vocab_size":11,"max_position_embeddings":16%s}""".formatted(type, layers, more), "config.json"));
    }

    /** Of each layer its window, with a star where it doesn't turn. */
    private static String kinds(Architecture architecture) {
        int layers = architecture.stack("decoder").layers();
        return LayerKinds.of(architecture.settings(), layers).stream()
                .map(kind -> kind.window() + (kind.turned() ? "" : "*"))
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        llama       | ``                                                                        | 0 0 0 0
        mistral     | ``                                                                        | 4096 4096 4096 4096
        mistral     | ,"sliding_window":null                                                    | 0 0 0 0
        qwen2       | ,"sliding_window":5                                                       | 0 0 0 0
        qwen2       | ,"sliding_window":5,"use_sliding_window":true                             | 0 0 0 0
        qwen2       | ,"sliding_window":5,"use_sliding_window":true,"max_window_layers":1       | 0 5 5 5
        qwen3       | ,"sliding_window":5,"use_sliding_window":true,"max_window_layers":0       | 5 5 5 5
        gemma2      | ``                                                                        | 4096 0 4096 0
        gemma2      | ,"sliding_window":3,"layer_types":["full_attention","full_attention","sliding_attention","full_attention"] | 0 0 3 0
        gemma3_text | ,"sliding_window":3                                                       | 3 3 3 3
        gemma3_text | ,"sliding_window":3,"sliding_window_pattern":3                            | 3 3 0 3
        olmo3       | ,"sliding_window":3                                                       | 3 3 3 0
        smollm3     | ,"sliding_window":3                                                       | 0 0 0 0*
        smollm3     | ,"no_rope_layer_interval":2                                               | 0 0* 0 0*
        smollm3     | ,"sliding_window":3,"use_sliding_window":true,"no_rope_layers":[0,1,1,0]  | 3* 0 0 3*
        """)
    void eachFamilyHasItsOwnWay(String type, String more, String expected) {
        assertEquals(expected, kinds(architecture(type, 4, more)));
    }

    @Test
    void aLayerStaysOfItsKindWhereOthersGo() {
        Architecture gemma = architecture("gemma3_text", 7, ",\"sliding_window\":3");
        assertEquals("3 3 3 3 3 0 3", kinds(gemma));
        assertEquals("3 0 3", kinds(gemma.keeping("decoder", List.of(2, 5, 6))));
        Architecture smol = architecture("smollm3", 5, "");
        assertEquals("0 0 0 0* 0", kinds(smol));
        assertEquals("0* 0", kinds(smol.keeping("decoder", List.of(3, 4))));
        assertEquals("0*", kinds(smol.keeping("decoder", List.of(3, 4)).keeping("decoder", List.of(0))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        gemma2 | ,"layer_types":["full_attention"]                     | config.json: 'layer_types' should be a list of a word for each of 2 layers, is ["full_attention"]
        gemma2 | ,"layer_types":"full_attention"                       | config.json: 'layer_types' should be a list of a word for each of 2 layers, is "full_attention"
        gemma2 | ,"layer_types":["full_attention","chunked_attention"] | config.json: 'layer_types' names layers of the kind 'chunked_attention'; known are full_attention and sliding_attention
        qwen2  | ,"layer_types":["sliding_attention","full_attention"] | config.json: 'layer_types' names sliding_attention, which needs 'sliding_window' and 'use_sliding_window'
        olmo3  | ,"sliding_window":null,"layer_types":["sliding_attention","full_attention"] | config.json: 'layer_types' names sliding_attention, which needs 'sliding_window'
        olmo3  | ,"sliding_window":0                                   | config.json: 'sliding_window' should be a positive whole number, is 0
        smollm3 | ,"no_rope_layers":["a",1]                            | config.json: 'no_rope_layers' should hold 1 and 0, holds "a"
        smollm3 | ,"no_rope_layers":[1]                                | config.json: 'no_rope_layers' should be a list of a word for each of 2 layers, is [1]
        """)
    void whatDoesNotFitIsRefused(String type, String more, String message) {
        Architecture two = architecture(type, 2, more);
        UserError error = assertThrows(UserError.class, () -> LayerKinds.of(two.settings(), 2));
        assertEquals(message, error.getMessage());
    }
}
