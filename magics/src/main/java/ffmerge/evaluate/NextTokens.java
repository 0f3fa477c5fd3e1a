package ffmerge.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.Progress;
import ffmerge.data.TokenBatch;
import ffmerge.model.HiddenStates;
import ffmerge.model.LanguageModel;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a language model expects behind each token of a row.
 *
 * @param logProbabilities of the token that does follow, in nats, one fewer than there are tokens
 * @param likeliest the likeliest tokens to follow each, the best first
 * @param likeliestLogProbabilities of those
 */
public record NextTokens(float[] logProbabilities, long[][] likeliest, float[][] likeliestLogProbabilities) {
    private static final int TOKENS_PER_BATCH = 2048;

    /** Logits that exist at a time: 16 MB of float32. */
    private static final int LOGITS = 1 << 22;

    /**
     * @param rows tokens, at least one each; of any lengths up to the model's context
     * @param most how many of the likeliest are told
     */
    public static List<NextTokens> of(TransformerModel model, List<int[]> rows, int most) {
        List<NextTokens> found = new ArrayList<>();
        for (int from = 0; from < rows.size(); ) {
            int to = from + 1;
            int longest = rows.get(from).length;
            while (to < rows.size() && Math.max(longest, rows.get(to).length) * (to + 1 - from) <= TOKENS_PER_BATCH) {
                longest = Math.max(longest, rows.get(to).length);
                to++;
            }
            Progress.stopIfInterrupted();
            found.addAll(ofBatch(model, rows.subList(from, to), most));
            from = to;
        }
        return found;
    }

    private static List<NextTokens> ofBatch(TransformerModel model, List<int[]> rows, int most) {
        List<NextTokens> found = new ArrayList<>();
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(TokenBatch.padded(rows), pass), model.layers(), pass);
            for (int row = 0; row < rows.size(); row++) {
                found.add(ofRow(model, rows.get(row), last, row, most));
            }
        }
        return found;
    }

    private static NextTokens ofRow(TransformerModel model, int[] tokens, HiddenStates last, int row, int most) {
        int length = tokens.length;
        NextTokens found = new NextTokens(new float[length - 1], new long[length][], new float[length][]);
        int step = Math.max(1, LOGITS / ((LanguageModel) model).vocabulary());
        for (int from = 0; from < length; from += step) {
            int to = Math.min(length, from + step);
            try (NDManager scope = model.newScope()) {
                NDArray x = last.x().get(new NDIndex("{}:{}, {}:{}, :", row, row + 1, from, to)); // [1, some, model]
                x.attach(scope);
                HiddenStates some = new HiddenStates(last.batch(), last.layer(), x, last.source());
                NDArray scores = ((LanguageModel) model)
                        .logits(some, Pass.inference(scope))
                        .toType(DataType.FLOAT32, false)
                        .logSoftmax(-1); // [1, some, vocabulary]
                found.note(tokens, from, scores, most);
            }
        }
        return found;
    }

    /** @param scores of what follows the tokens from {@code from} on, {@code [1, some, vocabulary]} */
    private void note(int[] tokens, int from, NDArray scores, int most) {
        int count = Math.toIntExact(scores.getShape().get(1));
        long[] following = new long[count];
        for (int i = 0; i < count; i++) {
            following[i] = from + i + 1 < tokens.length ? tokens[from + i + 1] : 0;
        }
        NDManager scope = scores.getManager();
        NDArray asked = scope.create(following, new Shape(1, count, 1)).toDevice(scores.getDevice(), false);
        float[] own = scores.gather(asked, 2).toFloatArray();
        System.arraycopy(own, 0, logProbabilities, from, Math.min(count, logProbabilities.length - from));
        NDList best = scores.topK(most, 2, true, true);
        float[] values = best.get(0).toFloatArray();
        long[] which = best.get(1).toLongArray();
        for (int i = 0; i < count; i++) {
            likeliest[from + i] = Arrays.copyOfRange(which, i * most, (i + 1) * most);
            likeliestLogProbabilities[from + i] = Arrays.copyOfRange(values, i * most, (i + 1) * most);
        }
    }

    /** The likeliest token to follow the whole row. */
    public int next() {
        return Math.toIntExact(likeliest[likeliest.length - 1][0]);
    }
}
