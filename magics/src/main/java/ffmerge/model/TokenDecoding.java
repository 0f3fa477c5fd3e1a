package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.Search;
import ffmerge.torch.Kernels;
import java.util.List;

/** Generates the sentences of a batch token by token, as a search chooses. */
abstract class TokenDecoding {
    /** Of what is kept from step to step. */
    final NDManager scope;

    TokenDecoding(NDManager scope) {
        this.scope = scope;
    }

    /**
     * Scores for the token that follows each row's newest: {@code [rows, vocabulary]}.
     *
     * @param position of the newest tokens, from 0 for those that every sentence starts with
     * @param step lives until the next tokens are chosen
     */
    abstract NDArray nextScores(Search.Rows rows, int position, NDManager step);

    /** Decodes until the search has finished every sentence. */
    final void run(Search search, GenerationSettings settings) {
        NDArray banned = scope.create(
                settings.banned().stream().mapToLong(Integer::longValue).toArray());
        Search.Rows rows = search.start();
        for (int position = 0; rows.sentences().length > 0; position++) {
            Progress.stopIfInterrupted();
            boolean last = position + 2 == settings.maxLength();
            try (NDManager step = scope.newSubManager()) {
                NDArray scores = nextScores(rows, position, step);
                List<NDArray> best = Kernels.runAll(
                        step,
                        false,
                        "best_continuations",
                        scores,
                        step.create(rows.scores()),
                        banned,
                        last ? settings.forcedEnd() : -1,
                        rows.sentences().length,
                        search.candidates());
                rows = search.next(best.get(0).toFloatArray(), best.get(1).toLongArray());
            }
        }
    }
}
