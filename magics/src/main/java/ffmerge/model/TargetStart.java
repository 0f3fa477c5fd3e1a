package ffmerge.model;

import ffmerge.architecture.Settings;
import ffmerge.data.TranslationBatch;

/**
 * How a decoder's inputs come of its targets: shifted right, behind a token that every sentence starts with, or behind the
 * sentence's own last token (mBART), a language's.
 *
 * @param token that every sentence starts with; -1 where its own last one does
 */
record TargetStart(int token, int padding) {
    private static final int OWN_LAST = -1;

    /** @throws ffmerge.UserError if the config names no token that sentences start with, and the family needs one */
    static TargetStart of(Settings settings, int padding, int vocabulary) {
        boolean ownLast = settings.has("startsWithLast") && settings.flag("startsWithLast");
        return new TargetStart(ownLast ? OWN_LAST : settings.token("start", vocabulary), padding);
    }

    /** {@code [rows, targetLength]} */
    long[] shifted(TranslationBatch batch) {
        long[] targets = batch.targets(padding);
        int length = batch.targetLength();
        long[] inputs = new long[targets.length];
        System.arraycopy(targets, 0, inputs, 1, targets.length - 1);
        for (int row = 0; row < batch.rows(); row++) {
            inputs[row * length] = token == OWN_LAST ? last(targets, row * length, length) : token;
        }
        return inputs;
    }

    /** The token that stands where a row would end whose padding stood behind all that counts. */
    private long last(long[] targets, int from, int length) {
        int counted = 0;
        for (int i = from; i < from + length; i++) {
            counted += targets[i] == padding ? 0 : 1;
        }
        return targets[from + Math.max(0, counted - 1)];
    }
}
