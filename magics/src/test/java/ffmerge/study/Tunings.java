package ffmerge.study;

import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.model.TransformerModel;
import ffmerge.tune.Execution;
import ffmerge.tune.TuneSettings;
import ffmerge.workload.Workload;
import java.nio.file.Path;

/** Tuning of which nobody watches how it goes on. */
final class Tunings {
    private Tunings() {}

    /** @param limit examples that it is validated on, at most */
    static Tuning.Tuned tune(
            String name, TransformerModel model, TuneSettings settings, Workload workload, int limit, Path state) {
        return Tuning.tune(
                name,
                "tuned",
                model,
                settings,
                Execution.PLAIN,
                workload,
                limit,
                new StateFolder(state),
                outcome -> {},
                Progress.NONE);
    }
}
