package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.cost.StepMemory;
import ffmerge.fixture.JavaProcess;
import ffmerge.model.WeightForms;
import ffmerge.torch.OutOfMemory;
import ffmerge.torch.Precision;
import ffmerge.tune.Execution;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningMemoryTest {
    private static final Execution RECOMPUTED = new Execution(Precision.FLOAT32, true, List.of());
    private static final Execution MIXED = new Execution(Precision.BFLOAT16, false, List.of());

    @TempDir
    private Path folder;

    @Test
    void whatTuningTookIsSaidAndWhatWasDoneIsKept() throws Exception {
        // address space: 2048 rows of 128 tokens would have 42 GB of logits
        JavaProcess.Result result = JavaProcess.start("ulimit -v 16000000;", TuningWithoutMemory.class, folder)
                .await();
        List<String> lines = result.output().lines().toList();
        String message = lines.stream()
                .filter(line -> line.startsWith("out of memory"))
                .findFirst()
                .orElse(result.output());
        assertTrue(
                message.matches("out of memory on the CPU, where 4\\d\\.\\d GB more were asked for: a step takes about"
                        + " 126\\.\\d GB, most of it logits 125\\.\\d GB, activations of a batch .*, optimizer .*; it would"
                        + " fit sooner with --batch \\d+ --accumulate \\d+ \\([\\d.]+ GB\\); steps that were done are"
                        + " kept"),
                message);
        assertTrue(
                lines.containsAll(List.of("unharmed true", "stopped", "asked for 2 batches", "resumed 4")),
                result.output());
        assertEquals(0, result.exitCode());
    }

    @Test
    void everyOptionThatIsNamedTakesLess() {
        Architecture large = Architecture.of(ModelConfig.published("gpt2-large").orElseThrow());
        long parameters = large.parameters();
        StepMemory plain = step(large, 2, Execution.PLAIN);
        assertEquals(4 * parameters, plain.model());
        assertEquals(4 * parameters, plain.copies());
        assertEquals(4 * parameters, plain.gradients());
        assertEquals(8 * parameters, plain.optimizer());
        assertEquals(3L * 2 * 1024 * 50257 * 4, plain.logits());
        assertTrue(step(large, 2, RECOMPUTED).activations() < plain.activations() / 10);
        assertTrue(step(large, 1, Execution.PLAIN).total() < plain.total());
        assertTrue(step(large, 2, MIXED).activations() < plain.activations());
        StepMemory shared = step(large, 2, new Execution(Precision.FLOAT32, false, List.of(Device.cpu())));
        assertEquals(8 * parameters, shared.copies(), "a replica beside the copy");
        assertTrue(shared.activations() < plain.activations(), "shares are done in turn");
    }

    @Test
    void adaptersAreTrainedBesideWeightsThatAreCopiedAsTheyAre() {
        Architecture large = Architecture.of(ModelConfig.published("gpt2-large").orElseThrow());
        long nf4 = large.parameters() / 2;
        StepMemory step = StepMemory.of(
                large,
                new StepMemory.Weights(
                        nf4,
                        nf4 + 4_000_000,
                        large.parameters() + 1_000_000,
                        1_000_000,
                        Optional.of(WeightForms.of("nf4"))),
                2,
                1024,
                Execution.PLAIN);
        assertEquals(nf4 + 4_000_000, step.copies());
        assertEquals(4_000_000, step.gradients());
        assertEquals(8_000_000, step.optimizer());
        assertEquals(step(large, 2, RECOMPUTED).activations(), step.activations(), "NF4 is expanded layer by layer");
    }

    private static StepMemory step(Architecture architecture, int rows, Execution execution) {
        long parameters = architecture.parameters();
        StepMemory.Weights weights =
                new StepMemory.Weights(4 * parameters, 4 * parameters, parameters, parameters, Optional.empty());
        return StepMemory.of(architecture, weights, rows, 1024, execution);
    }

    @Test
    void libtorchsWordsAreUnderstood() {
        assertEquals(
                Optional.of(new OutOfMemory(20_971_520, true, 84_986_665_369L)),
                OutOfMemory.of(new RuntimeException(
                        "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.15 GiB")));
        assertEquals(
                Optional.of(new OutOfMemory(5_368_709_120L, false, 0)),
                OutOfMemory.of(new IllegalStateException(new RuntimeException(
                        "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory:"
                                + " you tried to allocate 5368709120 bytes. Error code 12 (Cannot allocate memory)"))));
        assertEquals(
                Optional.of(new OutOfMemory(0, true, 0)),
                OutOfMemory.of(
                        new RuntimeException("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`")));
        assertEquals(Optional.empty(), OutOfMemory.of(new RuntimeException("shape mismatch")));
    }
}
