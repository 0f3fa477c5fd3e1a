package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.checkpoint.SafetensorsFile;
import ffmerge.result.CkaResult;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.InfoResult;
import ffmerge.result.Lineage;
import ffmerge.result.ModelInfo;
import ffmerge.result.Removed;
import ffmerge.result.TuneResult;
import ffmerge.shrink.Outline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** QLoRA as a notebook does it: quantize, tune adapters, save them, load them, fold them; and what is refused. */
class AdapterCommandsTest extends WordModelTests {
    private static final String TUNE = " --steps 20 --batch 4 --rate 2e-2 --rank 4 --validate 10";

    @BeforeEach
    void merge() {
        run("merge base --window 0-1 --align none --as small");
    }

    /** What a model holds less than what was loaded is known after all steps, so the log can say it. */
    private void assertCounted(String name) {
        Lineage lineage = session.lineage(name);
        assertTrue(lineage.isCounted(), lineage.toString());
        Removed removed = Outline.of(model("base")).removed(Outline.of(model(name)));
        assertEquals(removed.parameters(), lineage.removed().parameters());
        assertEquals(removed.bytes(), lineage.removed().bytes());
    }

    private ModelInfo info(String line) {
        return ((InfoResult) run(line)).model();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared", "per-layer"})
    void adaptersOnQuantizedTiedWeightsAreTunedSavedAndLoaded(String sharing) {
        run("quantize small --as small4");
        ModelInfo quantized = info("info small4");
        assertEquals("nf4", quantized.dtype());
        assertEquals(model("small").parameters().uniqueCount(), quantized.uniqueParameters());
        assertTrue(quantized.bytes() < model("small").parameters().bytes() / 2);
        float[] before = logits("small4");

        TuneResult tuned = (TuneResult) onText("tune small4 --adapters " + sharing + TUNE + " --as tuned");
        assertTrue(tuned.after() < tuned.before(), tuned.before() + " → " + tuned.after());
        // width 12, six heads of 2, three of them with keys; FF 11; layers 0 and 1 share theirs
        long attention = 4 * (2 * (12 + 12) + 2 * (12 + 6));
        long feedForward = 4 * 3 * (12 + 11);
        assertEquals(3 * attention + (sharing.equals("shared") ? 2 : 3) * feedForward, tuned.adapterParameters());
        assertCounted("tuned");
        assertArrayEquals(before, logits("small4"), "the model that was tuned stays as it is");
        ModelInfo.AdapterInfo adapters = info("info tuned").adapters();
        assertEquals(sharing, adapters.sharing());
        assertEquals(tuned.adapterParameters(), adapters.parameters());
        assertEquals(8, adapters.alpha());
        assertTrue(Double.isFinite(((EvalResult) onText("eval tuned")).value()));
        assertEquals(3, ((CkaResult) onText("cka tuned --tokens 320")).stacks().get("decoder").length);

        run("save small " + folder.resolve("small") + " --format tied");
        run("save tuned " + folder.resolve("adapters") + " --format adapters");
        ModelInfo loaded = info("load " + folder.resolve("small") + " --dtype nf4 --adapters "
                + folder.resolve("adapters") + " --as again");
        assertEquals(sharing, loaded.adapters().sharing());
        assertEquals(tuned.adapterParameters(), loaded.adapters().parameters());
        assertArrayEquals(logits("tuned"), logits("again"));
        assertTrue(
                session.lineage("tuned").toString().contains("quantize nf4 > adapt adapters " + sharing + " rank 4"));
    }

    @Test
    void adaptersAreSavedAsPeftNamesThem() throws Exception {
        onText("tune small --adapters shared --targets up_proj,q_proj" + TUNE + " --as tuned");
        Path saved = folder.resolve("adapters");
        run("save tuned " + saved + " --format adapters");
        JsonNode config =
                new ObjectMapper().readTree(saved.resolve("adapter_config.json").toFile());
        assertEquals("LORA", config.get("peft_type").asText());
        assertEquals(4, config.get("r").asInt());
        assertEquals(8, config.get("lora_alpha").asDouble());
        assertEquals(0.05, config.get("lora_dropout").asDouble());
        assertEquals("[\"q_proj\",\"up_proj\"]", config.get("target_modules").toString());
        Set<String> expected = new TreeSet<>();
        for (int layer = 0; layer < 3; layer++) {
            for (String map : List.of("self_attn.q_proj", "mlp.up_proj")) {
                for (String matrix : List.of("lora_A", "lora_B")) {
                    expected.add("base_model.model.model.layers." + layer + "." + map + "." + matrix + ".weight");
                }
            }
        }
        try (SafetensorsFile file = SafetensorsFile.open(saved.resolve("adapter_model.safetensors"))) {
            assertEquals(expected, new TreeSet<>(file.tensors().keySet()));
        }
        assertEquals(
                saved + " is already there; name another folder, or add --replace",
                refusalOf("save tuned " + saved + " --format adapters"));
        run("save tuned " + saved + " --format adapters --replace");
    }

    private String refusalOf(String line) {
        return assertThrows(UserError.class, () -> run(line)).getMessage();
    }

    @Test
    void foldedAdaptersComputeTheSameAndSharedOnesKeepTheTie() {
        onText("tune small --adapters shared" + TUNE + " --as tuned");
        ModelInfo folded = info("fold tuned --as whole");
        assertNull(folded.adapters());
        assertEquals(model("small").parameters().uniqueCount(), folded.uniqueParameters());
        assertArrayEquals(logits("tuned"), logits("whole"), 1e-4f);
        run("save whole " + folder.resolve("whole") + " --format tied");

        onText("tune small --adapters per-layer" + TUNE + " --as apart");
        assertEquals(
                "'apart' has other adapters in each place of a tied weight, which one weight can't hold: add --untie to"
                        + " give each place its own, or tune with --adapters shared",
                refusalOf("fold apart --as whole"));
        assertEquals(
                model("base").parameters().uniqueCount(),
                info("fold apart --untie --as untied").uniqueParameters());
        assertArrayEquals(logits("apart"), logits("untied"), 1e-4f);
    }

    @Test
    void tuningThatWasStoppedGoesOnWithTheSameLosses() throws Exception {
        String tune = "tune small4 --adapters shared --adapter-dropout 0.2 --steps 8 --batch 2 --accumulate 2 --rank 4"
                + " --rate 1e-2 --validate 4 --save 3 --as tuned";
        run("quantize small --as small4");
        TuneResult whole = (TuneResult) onText(tune);
        float[] expected = logits("tuned");

        host.progress = (label, total, unit) -> done -> {
            if (label.equals("Tuning") && done == 5) {
                Thread.currentThread().interrupt();
            }
        };
        assertThrows(Interrupted.class, () -> onText(tune));
        host.progress = Progress.NONE;
        Path state = Files.list(folder.resolve("state/tunings")).findFirst().orElseThrow();
        try (SafetensorsFile latest = SafetensorsFile.open(state.resolve("latest/model.safetensors"))) {
            assertTrue(latest.tensors().keySet().stream().allMatch(n -> n.contains(".lora_")), "adapters alone");
            long held = latest.tensors().values().stream()
                    .mapToLong(t -> t.elements())
                    .sum();
            assertEquals(3 * whole.adapterParameters(), held);
        }
        TuneResult resumed = (TuneResult) onText(tune);
        assertEquals(whole.loss(), resumed.loss());
        assertEquals(whole.validation(), resumed.validation());
        assertArrayEquals(expected, logits("tuned"));
    }

    @Test
    void aDryRunCountsWhatIsTrained() {
        DryRun all = (DryRun) onText("tune small --steps 10 --dry-run");
        DryRun adapters = (DryRun) onText("tune small --adapters shared --rank 1 --steps 10 --dry-run");
        // two maps of 12 in and out, two that are 6 wide, three of an FF sublayer; three layers, two sets of FFs
        assertEquals(
                Math.round(all.diskBytes()
                        * (3 * (2 * 24 + 2 * 18) + 2 * 3 * 23.)
                        / model("small").parameters().uniqueCount()),
                adapters.diskBytes());
    }

    @Test
    void adaptersAreTunedFurther() {
        TuneResult first = (TuneResult) onText("tune small --adapters shared" + TUNE + " --as tuned");
        TuneResult second = (TuneResult) onText("tune tuned --steps 10 --batch 4 --rate 1e-2 --as further");
        assertEquals(first.adapterParameters(), second.adapterParameters());
        assertEquals(first.after(), second.before(), 1e-9);
        assertTrue(refusal("tune tuned --adapters shared --as x").startsWith("'tuned' carries adapters already"));
        assertEquals("--rank is of new adapters: 'tuned' has its own", refusal("tune tuned --rank 3 --as x"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "merge small4 --window 0-2 --as x | 'small4' is held in nf4, of which no averages are made",
                "sweep small4 --length 2 | 'small4' is held in nf4, of which no averages are made",
                "merge tuned --window 0-2 --as x | 'tuned' carries adapters, so it can't be merged",
            })
    void whatCannotBeMergedIsRefused(String line, String start) {
        prepare();
        assertTrue(refusal(line).startsWith(start), refusal(line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "drop tuned --window 1-1 --as x | 'tuned' carries adapters, so it can't be cut",
                "save tuned FOLDER | 'tuned' carries adapters: save them alone with --format adapters",
                "save small FOLDER --format adapters | 'small' carries no adapters",
                "save tuned FOLDER --format adapters --dtype float16 | adapters are saved in float32",
                "quantize small4 --as x | 'small4' is in nf4 already",
                "fold small --as x | 'small' carries no adapters",
                "load FOLDER/olmo --adapters FOLDER/text --as x | FOLDER/text holds no adapter_config.json",
            })
    void whatCannotBeDoneIsRefused(String line, String start) {
        prepare();
        String message = refusalOf(line.replace("FOLDER", folder.toString()));
        assertTrue(message.startsWith(start.replace("FOLDER", folder.toString())), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tune small --adapters shared --targets up,down_proj --as x"
                        + "| this OLMo has no linear map 'up'; it has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, or all",
                "tune small --rank 4 --as x | --rank is of new adapters: add --adapters shared",
                "tune small --adapters shared --adapter-dropout 1 --as x | an adapter's dropout is a probability below 1; 1.0 isn't",
                "tune small --adapters shared --alpha 0 --as x | alpha of an adapter is above 0; 0.0 isn't",
            })
    void optionsThatCannotBeMeantAreRefused(String line, String message) {
        assertEquals(message, refusal(line));
    }

    private void prepare() {
        run("quantize small --as small4");
        onText("tune small --adapters shared --steps 1 --batch 2 --rank 2 --as tuned");
    }

    @Test
    void aQuantizedModelIsCutSavedExpandedAndGetsAdaptersByDefault() {
        run("quantize small --as small4");
        run("drop small4 --window 2-2 --as cut");
        assertEquals(2, model("cut").layers());
        assertTrue(model("cut").parameters().isQuantized());
        run("save small4 " + folder.resolve("rounded") + " --format expanded --dtype float32");
        run("load " + folder.resolve("rounded") + " --as rounded");
        assertArrayEquals(logits("small4"), logits("rounded"), 1e-5f);
        TuneResult tuned = (TuneResult) onText("tune small4 --steps 1 --batch 2 --as tuned");
        assertTrue(tuned.adapterParameters() > 0);
    }
}
