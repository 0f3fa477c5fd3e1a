package ffmerge.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.torch.Precision;
import ffmerge.tune.Execution;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StepMemoryTest {
    private static final Architecture SMALL =
            Architecture.of(ModelConfig.published("gpt2").orElseThrow());
    private static final Architecture LARGE =
            Architecture.of(ModelConfig.published("gpt2-large").orElseThrow());

    private static StepMemory alone(Execution execution) {
        long bytes = SMALL.parameters() * Float.BYTES;
        return StepMemory.of(
                SMALL,
                new StepMemory.Weights(bytes, bytes, SMALL.parameters(), SMALL.parameters(), Optional.empty()),
                2,
                1024,
                execution);
    }

    @Test
    void aTeacherHasItsWeightsItsStatesAndItsScores() {
        StepMemory alone = alone(Execution.PLAIN);
        long weights = LARGE.parameters() * Float.BYTES;
        StepMemory taught = alone.taughtBy(LARGE, weights, 2, 1024, Execution.PLAIN);
        long scores = 2L * 1024 * 50257 * Float.BYTES;
        long states = new ActivationMemory(LARGE).pass(2 * 1024);
        assertEquals(weights, taught.teacher());
        assertEquals(5 * scores + states, taught.taught());
        assertEquals(alone.total() + weights + 5 * scores + states, taught.total());
        assertEquals(alone.besideModel() + 5 * scores + states, taught.besideModel(), "its weights are held already");
        assertEquals(0, alone.teacher() + alone.taught());
    }

    @Test
    void devicesShareWhatTheTeacherSays() {
        Execution two = new Execution(Precision.FLOAT32, false, List.of(Device.cpu()));
        StepMemory taught = alone(two).taughtBy(LARGE, 0, 2, 1024, two);
        assertEquals(5L * 1024 * 50257 * Float.BYTES + new ActivationMemory(LARGE).pass(1024), taught.taught());
    }
}
