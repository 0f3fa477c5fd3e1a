package ffmerge.cost;

import ffmerge.UserError;
import ffmerge.model.TransformerModel;
import ffmerge.result.Labels;
import ffmerge.torch.OutOfMemory;
import ffmerge.torch.Precision;
import ffmerge.tune.Execution;
import ffmerge.tune.TuneSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says what took the memory that tuning lacked, and which options would take less. */
public final class TuneOutOfMemory {
    /** How much of a device's memory tuning can count on. */
    private static final double USABLE = 0.8;
    /** An option is named where a step takes less than this share with it. */
    private static final double WORTH_IT = 0.9;

    private final TransformerModel model;
    private final TuneSettings settings;
    private final Execution execution;
    private final int tokensPerExample;
    private final Optional<TransformerModel> teacher;

    /** @param teacher that the model learned from */
    public TuneOutOfMemory(
            TransformerModel model,
            TuneSettings settings,
            Execution execution,
            int tokensPerExample,
            Optional<TransformerModel> teacher) {
        this.teacher = teacher;
        this.model = model;
        this.settings = settings;
        this.execution = execution;
        this.tokensPerExample = tokensPerExample;
    }

    /** The failure in one line, if memory was what lacked; else the failure itself. */
    public RuntimeException explained(RuntimeException failure) {
        return OutOfMemory.of(failure)
                .<RuntimeException>map(asked -> new UserError(line(asked), failure))
                .orElse(failure);
    }

    private String line(OutOfMemory lack) {
        StepMemory memory = memory(settings.rows(), execution);
        return "out of memory on the " + lack.device()
                + (lack.asked() > 0 ? ", where " + Labels.bytes(lack.asked()) + " more were asked for" : "")
                + ": a step takes about " + Labels.bytes(memory.total()) + ", most of it " + memory.largest()
                + "; it would fit sooner with " + remedies(memory, lack.capacity())
                + "; steps that were done are kept";
    }

    private String remedies(StepMemory now, long capacity) {
        List<String> remedies = new ArrayList<>();
        int rows = smallerBatch(capacity);
        if (rows < settings.rows()) {
            int accumulate = (settings.rows() * settings.accumulate() + rows - 1) / rows;
            offer(remedies, "--batch " + rows + " --accumulate " + accumulate, now, memory(rows, execution));
        }
        Execution recomputed = new Execution(execution.products(), true, execution.replicas());
        offer(remedies, "--recompute", now, memory(settings.rows(), recomputed));
        if (execution.products() == Precision.FLOAT32) {
            Execution mixed = new Execution(Precision.BFLOAT16, execution.recompute(), execution.replicas());
            offer(remedies, "--precision bfloat16", now, memory(settings.rows(), mixed));
        }
        return remedies.isEmpty() ? "a smaller model" : String.join(", ", remedies);
    }

    private static void offer(List<String> remedies, String options, StepMemory now, StepMemory then) {
        if (then.total() < WORTH_IT * now.total()) {
            remedies.add(options + " (" + Labels.bytes(then.total()) + ")");
        }
    }

    /** The batch halved until it fits, at least once. */
    private int smallerBatch(long capacity) {
        int rows = settings.rows();
        do {
            rows = Math.max(1, rows / 2);
        } while (rows > 1 && memory(rows, execution).total() > USABLE * capacity);
        return rows;
    }

    private StepMemory memory(int rows, Execution how) {
        StepMemory step = StepMemory.of(
                model.architecture(), StepMemory.Weights.of(model.parameters(), 0), rows, tokensPerExample, how);
        return teacher.map(t -> step.taughtBy(t.architecture(), t.parameters().bytes(), rows, tokensPerExample, how))
                .orElse(step);
    }
}
