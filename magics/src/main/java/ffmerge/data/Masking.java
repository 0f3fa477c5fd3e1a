package ffmerge.data;

import ffmerge.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which tokens of a text are to be guessed, after Devlin et al. 2019 (BERT, §3.1): 15 % of each block, rounded, at least one.
 * What is measured has the mask token in all those places, and always in the same ones; in training each is the mask token
 * with a probability of 80 %, any token with 10 %, and stays with 10 %.
 *
 * @param length of a block, in tokens
 * @param token that stands for what is masked
 * @param vocabulary of the model
 */
public record Masking(int length, int token, int vocabulary) {
    private static final double SHARE = 0.15;
    private static final double MASKED = 0.8;
    private static final double STAYS = 0.9;
    /** Of what is measured: the same places in every run. */
    private static final long SEED = 0x15;

    /**
     * A text cut into blocks, the last of which may be shorter, from its start.
     *
     * @param limit at most so many blocks
     * @throws UserError if the text has no token
     */
    public List<MaskedBatch> measured(TokenStream text, int limit, int rowsPerBatch) {
        int[] ids = text.ids();
        if (ids.length == 0) {
            throw new UserError(text.name() + " " + text.split().label() + " holds no token: there is nothing to mask");
        }
        int blocks = (int) Math.min(limit, (ids.length + length - 1L) / length);
        int whole = Math.min(blocks, ids.length / length);
        List<MaskedBatch> batches = new ArrayList<>();
        for (int block = 0; block < whole; block += rowsPerBatch) {
            batches.add(measured(ids, block, Math.min(rowsPerBatch, whole - block), length));
        }
        if (whole < blocks) {
            batches.add(measured(ids, whole, 1, ids.length - whole * length));
        }
        return batches;
    }

    private MaskedBatch measured(int[] ids, int block, int rows, int rowLength) {
        long[] shown = new long[rows * rowLength];
        long[] targets = none(shown.length);
        for (int i = 0; i < shown.length; i++) {
            shown[i] = ids[block * length + i];
        }
        for (int row = 0; row < rows; row++) {
            SplittableRandom random = new SplittableRandom(SEED + block + row);
            for (int place : places(rowLength, random)) {
                int at = row * rowLength + place;
                targets[at] = shown[at];
                shown[at] = token;
            }
        }
        return new MaskedBatch(shown, targets, rows, rowLength);
    }

    /** The rows with tokens masked for training; the same seed and index mask the same ones. */
    public MaskedBatch training(TokenBatch rows, long seed, long index) {
        SplittableRandom random = new SplittableRandom(new SplittableRandom(~seed).nextLong() + index);
        long[] shown = rows.ids().clone();
        long[] targets = none(shown.length);
        for (int row = 0; row < rows.rows(); row++) {
            for (int place : places(rows.length(), random)) {
                int at = row * rows.length() + place;
                targets[at] = shown[at];
                double chance = random.nextDouble();
                shown[at] = chance < MASKED ? token : chance < STAYS ? random.nextInt(vocabulary) : shown[at];
            }
        }
        return new MaskedBatch(shown, targets, rows.rows(), rows.length());
    }

    /** Tokens at random that are to be guessed at random, to measure what real ones cost. */
    public MaskedBatch noise(TokenBatch rows, long seed) {
        return training(rows, seed, 0);
    }

    private static long[] none(int count) {
        long[] targets = new long[count];
        Arrays.fill(targets, MaskedBatch.NONE);
        return targets;
    }

    /** Different places, each as likely as any other. */
    private static int[] places(int length, SplittableRandom random) {
        int[] all = new int[length];
        Arrays.setAll(all, i -> i);
        int count = (int) Math.max(1, Math.round(SHARE * length));
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i, length);
            int drawn = all[other];
            all[other] = all[i];
            all[i] = drawn;
        }
        return Arrays.copyOf(all, count);
    }
}
