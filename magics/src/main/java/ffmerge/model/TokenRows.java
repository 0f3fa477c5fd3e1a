package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.data.CompletionBatch;
import ffmerge.data.ContinuationBatch;
import ffmerge.data.TokenBatch;
import ffmerge.torch.Inputs;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Rows of tokens as language models take them. */
final class TokenRows {
    /** Logits that exist at a time while losses are computed: 16 MB of float32. */
    private static final int LOGITS = 1 << 22;
    /** Rows below which a matrix product is slow. */
    private static final int LEAST_ROWS = 128;

    /** Where no token's embedding goes without a gradient. */
    static final int NO_PADDING = -1;

    /** Cross entropy leaves it out. */
    private static final long NO_TARGET = -100;

    private TokenRows() {}

    /** The tokens of a batch, whether all of them are scored or only those that complete a prompt. */
    static TokenBatch of(Batch batch) {
        if (batch instanceof ContinuationBatch choices) {
            return choices.tokens();
        }
        return batch instanceof CompletionBatch completions ? completions.tokens() : (TokenBatch) batch;
    }

    /** What training is to predict, {@code [rows, length]}: −100 where nothing is. */
    private static NDArray targets(Batch batch, NDManager scope) {
        if (batch instanceof CompletionBatch completions) {
            long[] targets = completions.targets(NO_TARGET);
            return Inputs.of(targets, new Shape(batch.rows(), targets.length / batch.rows()), scope);
        }
        return ids((TokenBatch) batch, scope);
    }

    /** {@code [rows, length]} */
    static NDArray ids(TokenBatch batch, NDManager scope) {
        return Inputs.of(batch.ids(), new Shape(batch.rows(), batch.length()), scope);
    }

    /** @throws UserError if the rows are longer than the context or hold tokens that the model doesn't know */
    static void requireFit(TokenBatch batch, int context, int vocabulary) {
        if (batch.length() > context) {
            throw new UserError(
                    "rows of " + batch.length() + " tokens are longer than the model's context of " + context);
        }
        long largest = Arrays.stream(batch.ids()).max().orElse(0);
        if (largest >= vocabulary) {
            throw new UserError("the text holds token " + largest + ", the model knows tokens 0 to " + (vocabulary - 1)
                    + ": is its tokenizer another model's?");
        }
    }

    /** About so many random tokens, in rows as long as the context where they fill one. */
    static TokenBatch noise(int tokens, int context, int vocabulary, long seed) {
        int length = Math.min(tokens, context);
        int rows = tokens / length;
        long[] ids = new SplittableRandom(seed)
                .longs((long) rows * length, 0, vocabulary)
                .toArray();
        return new TokenBatch(ids, rows, length, 1);
    }

    /** Negative log-likelihood of what a batch scores, {@code [rows, length − scoredFrom]}, from the last states. */
    static NDArray losses(HiddenStates last, Norm norm, Linear head, int vocabulary, Pass pass) {
        TokenBatch batch = (TokenBatch) last.batch();
        int atATime = Math.max(LEAST_ROWS, LOGITS / vocabulary);
        try (NDArray ids = ids(batch, pass.scope())) {
            return pass.run("token_losses", last.x(), norm, head, ids, batch.scoredFrom(), atATime);
        }
    }

    /** The mean loss of what training is to predict, a scalar, from the last states. */
    static NDArray meanLoss(HiddenStates last, Norm norm, Linear head, Pass pass) {
        try (NDArray targets = targets(last.batch(), pass.scope())) {
            return pass.loss(
                    "mean_token_loss", "taught_token_loss", last.x(), norm, head, targets, pass.labelSmoothing());
        }
    }
}
