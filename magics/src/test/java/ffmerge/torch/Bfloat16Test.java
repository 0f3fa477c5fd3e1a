package ffmerge.torch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Bfloat16Test {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "flags\t\t: fpu avx512f avx512_bf16 clzero\n",
                "flags\t\t: fpu amx_bf16 amx_tile\n",
                "Features\t: fp asimd i8mm bf16 rng\n"
            })
    void instructionsAreSeenByTheirNames(String processors) {
        assertTrue(Bfloat16.hasInstructions(processors));
    }

    @Test
    void olderProcessorsHaveNone() {
        assertFalse(Bfloat16.hasInstructions("flags\t\t: fpu avx2 fma avx512f\n"));
    }
}
