package ffmerge.study;

import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.align.Calibration;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Precision;
import ffmerge.workload.Workload;
import java.util.Optional;

/**
 * A model under study, and what it is studied with.
 *
 * @param reference that differences are taken to, on the same examples; if empty, the unchanged model
 * @param workload what it reads
 * @param state where finished work is noted until all is done
 * @param memory bytes that the sums of pairs of sublayers may take at a time
 */
public record Subject(
        WindowSweep.Named named,
        Optional<WindowSweep.Named> reference,
        Workload workload,
        StateFolder state,
        long memory,
        Progress progress,
        Precision products) {
    /** Measured in float32. */
    public Subject(
            WindowSweep.Named named,
            Optional<WindowSweep.Named> reference,
            Workload workload,
            StateFolder state,
            long memory,
            Progress progress) {
        this(named, reference, workload, state, memory, progress, Precision.FLOAT32);
    }

    String name() {
        return named.name();
    }

    TransformerModel model() {
        return named.model();
    }

    /** Recorded in float32, whatever windows are measured in: another permutation would be another window. */
    Calibration calibration(WindowSweep.Settings settings) {
        return new Calibration(settings.tokens(), settings.protocol(), memory, state);
    }

    /** The same with other data. */
    Subject reading(Workload other) {
        return new Subject(named, reference, other, state, memory, progress, products);
    }
}
