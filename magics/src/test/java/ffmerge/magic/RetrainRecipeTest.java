package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Expected;
import ffmerge.result.CompareResult;
import ffmerge.result.Result;
import ffmerge.result.TuneResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recipe that retrains the demo models runs; here for a few steps, which teach a little already. */
class RetrainRecipeTest {
    @TempDir
    private Path state;

    @Test
    void theDemoModelsLearnFromRandomWeights() throws Exception {
        String yaml = Files.readString(Expected.home().resolve("bench/retrain.yaml"))
                .replaceAll("steps: \\d+", "steps: 4")
                .replaceAll("batch: \\d+", "batch: 4")
                .replaceAll("warmup: \\d+", "warmup: 1")
                .replaceAll("validate: \\d+", "validate: 4")
                .replaceAll("limit: \\d+", "limit: 4")
                .replaceAll("split: test", "split: test\n  limit: 4");
        List<Result> results = new ArrayList<>();
        RecipeProcess.run(yaml, state, (command, result) -> results.add(result));
        List<TuneResult> tuned = results.stream()
                .filter(TuneResult.class::isInstance)
                .map(TuneResult.class::cast)
                .toList();
        assertEquals(
                List.of("novelsFresh", "digitsFresh", "tatoebaFresh"),
                tuned.stream().map(TuneResult::model).toList());
        for (TuneResult outcome : tuned) {
            List<Double> loss = outcome.loss();
            assertTrue(loss.get(3) < loss.get(0), outcome.model() + " " + loss);
        }
        assertTrue(Math.abs(tuned.get(0).loss().get(0) - Math.log(tuned.get(0).before())) < 0.5, "random at first");
        assertEquals(3, results.stream().filter(CompareResult.class::isInstance).count());
    }

    @Test
    void theModelThatIsTrainedOnAProcessorLearnsFromRandomWeights() throws Exception {
        Path trained = state.resolve("trained");
        String yaml = Files.readString(Expected.home().resolve("models/vit-signs.yaml"))
                .replaceAll("steps: \\d+", "steps: 3")
                .replaceAll("batch: \\d+", "batch: 16")
                .replaceAll("warmup: \\d+", "warmup: 1")
                .replaceAll("validate: \\d+", "validate: 1")
                .replaceAll("limit: \\d+", "limit: 16")
                .replace("vit-signs-trained", trained.toString());
        List<Result> results = new ArrayList<>();
        RecipeProcess.run(yaml, state, (command, result) -> results.add(result));
        TuneResult outcome = (TuneResult) results.get(1);
        assertEquals("signsFresh", outcome.model());
        assertEquals(3, outcome.loss().size());
        assertEquals(Math.log(12), outcome.loss().get(0), 0.5, "random at first");
        for (String file : List.of("config.json", "preprocessor_config.json", "model.safetensors")) {
            assertTrue(Files.size(trained.resolve(file)) > 0, file);
        }
    }
}
