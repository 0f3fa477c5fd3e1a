package ffmerge.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.fixture.AdapterCase;
import ffmerge.fixture.SmallCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Only settings with which PEFT computes {@code W x + s · B A x} are taken. */
class PeftConfigTest {
    private static final Path ADAPTERS = AdapterCase.named("all").folder();
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    /** The adapters that PEFT made, with one setting another one. */
    private StoredAdapters open(String setting, String value) throws Exception {
        ObjectNode config = (ObjectNode)
                JSON.readTree(ADAPTERS.resolve("adapter_config.json").toFile());
        config.set(setting, JSON.readTree(value));
        Files.writeString(folder.resolve("adapter_config.json"), config.toString());
        Path weights = folder.resolve("adapter_model.safetensors");
        if (!Files.exists(weights)) {
            Files.copy(ADAPTERS.resolve("adapter_model.safetensors"), weights);
        }
        Path base = new SmallCheckpoint("gated/llama-shared-keys").folder();
        return StoredAdapters.open(folder, Architecture.of(ModelConfig.read(base.resolve("config.json"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "init_lora_weights | \"pissa\"",
                "init_lora_weights | \"pissa_niter_4\"",
                "init_lora_weights | \"olora\"",
                "init_lora_weights | \"corda\"",
                "init_lora_weights | \"loftq\"",
                "init_lora_weights | \"lora_ga\"",
                "init_lora_weights | \"some_later_start\"",
                "use_dora | true",
                "use_qalora | true",
                "use_bdlora | {\"a\":1}",
                "bias | \"lora_only\"",
                "lora_bias | true",
                "modules_to_save | [\"lm_head\"]",
                "rank_pattern | {\"q_proj\":2}",
                "alpha_pattern | {\"q_proj\":2}",
                "alora_invocation_tokens | [1,2]",
                "layer_replication | [[0,2],[1,3]]",
                "trainable_token_indices | [1]",
                "target_parameters | [\"mlp.x\"]",
                "loftq_config | {\"loftq_bits\":4}",
                "megatron_config | {\"a\":1}",
                "arrow_config | {\"top_k\":1}",
                "ensure_weight_tying | true",
                "a_setting_of_tomorrow | 3"
            })
    void whatPeftWouldComputeOtherwiseIsNamed(String setting, String value) {
        UserError error =
                assertThrows(UserError.class, () -> open(setting, value).close());
        assertTrue(error.getMessage().contains("'" + setting + "' is " + value), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "init_lora_weights | false",
                "init_lora_weights | \"gaussian\"",
                "init_lora_weights | \"orthogonal\"",
                "eva_config | {\"rho\":2}",
                "peft_version | \"9.9\"",
                "revision | \"main\"",
                "task_type | null",
                "a_setting_of_tomorrow | null",
                "a_setting_of_tomorrow | false",
                "layers_to_transform | [0,1,2]",
                "target_modules | \"all-linear\"",
                "target_modules | \".*_proj\""
            })
    void whatChangesNothingIsTaken(String setting, String value) throws Exception {
        try (StoredAdapters stored = open(setting, value)) {
            assertEquals(21, stored.modules().size());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "target_modules | [\"q_proj\",\"v_proj\"]",
                "target_modules | \".*mlp.*\"",
                "exclude_modules | [\"q_proj\"]",
                "layers_to_transform | [0,2]",
                "layers_to_transform | 1"
            })
    void anAdapterThatPeftWouldLeaveOutIsNotTakenInSilence(String setting, String value) {
        UserError error =
                assertThrows(UserError.class, () -> open(setting, value).close());
        assertTrue(error.getMessage().contains("doesn't name among its targets"), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"0", "0.0", "-1", "1e300", "1e39", "1e9"})
    void aScaleThatNoTrainingMakesIsRefusedByFileAndName(String alpha) {
        UserError error =
                assertThrows(UserError.class, () -> open("lora_alpha", alpha).close());
        String file = folder.resolve("adapter_config.json").toString();
        assertTrue(error.getMessage().startsWith(file + ": 'lora_alpha' "), error.getMessage());
        assertTrue(error.getMessage().contains("is " + Double.parseDouble(alpha)), error.getMessage());
    }

    @Test
    void aScaleThatNoTrainingMakesIsRefusedAsAnOptionToo() {
        assertThrows(
                UserError.class, () -> new AdapterSettings(4, 1e300, 0, List.of(), AdapterSettings.Sharing.SHARED));
    }

    @Test
    void aRootScaledAdapterIsScaledByTheRanksRoot() throws Exception {
        try (StoredAdapters plain = open("use_rslora", "false");
                StoredAdapters root = open("use_rslora", "true")) {
            assertEquals(
                    plain.settings().scale() * Math.sqrt(plain.settings().rank()),
                    root.settings().scale(),
                    1e-12);
        }
    }
}
