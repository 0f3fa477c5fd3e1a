package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.generate.GeneratedTexts;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.ScoreRules;
import ffmerge.generate.Search;
import ffmerge.torch.Kernels;
import java.util.List;
import java.util.Optional;

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

    /** Decodes until the search has finished every sentence: by rules that a kernel knows, or by any. */
    final void run(Search search, GeneratedTexts texts, GenerationSettings settings) {
        Optional<ScoreRules.Simple> simple =
                settings.rules().simple().filter(rules -> rules.forcedEnd().isEmpty() || settings.totalLength() == 0);
        NDArray banned = scope.create(simple.map(ScoreRules.Simple::banned).orElse(List.of()).stream()
                .mapToLong(Integer::longValue)
                .toArray());
        Search.Rows rows = search.start();
        for (int position = 0; rows.sentences().length > 0; position++) {
            Progress.stopIfInterrupted();
            boolean last = position + 2 == settings.maxLength();
            try (NDManager step = scope.newSubManager()) {
                NDArray scores = nextScores(rows, position, step);
                NDArray before = step.create(rows.scores());
                int sentences = rows.sentences().length;
                List<NDArray> best;
                if (simple.isPresent()) {
                    int forced = last ? simple.get().forcedEnd().orElse(-1) : -1;
                    best = Kernels.runAll(
                            step,
                            false,
                            "best_continuations",
                            scores,
                            before,
                            banned,
                            forced,
                            sentences,
                            search.candidates());
                } else {
                    NDArray ruled = ruled(scores, texts, settings.beams() > 1, step);
                    best = Kernels.runAll(step, false, "best", ruled, before, sentences, search.candidates());
                }
                rows = search.next(best.get(0).toFloatArray(), best.get(1).toLongArray());
                if (simple.isEmpty()) {
                    texts.goOn(rows);
                }
            }
        }
    }

    /** The scores, of beams as logarithms of probabilities, after the rules. */
    private static NDArray ruled(NDArray scores, GeneratedTexts texts, boolean beams, NDManager step) {
        NDArray raw = beams ? Kernels.run(step, false, "log_probabilities", scores) : scores;
        float[] values = raw.toFloatArray();
        texts.apply(values);
        return step.create(values, raw.getShape());
    }
}
