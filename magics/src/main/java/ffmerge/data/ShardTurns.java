package ffmerge.data;

import java.util.SplittableRandom;

/**
 * Which shard a batch of training is drawn from, where fetching all shards first would take too long: the shards take
 * turns in an order that each round shuffles anew, and a turn lasts a number of batches. So a training of few batches needs
 * few shards, and a long one sees all alike. Any batch can be drawn alone.
 *
 * @param shards how many there are
 * @param batches how long a turn is
 */
record ShardTurns(int shards, long batches, long seed) {
    /** @param batch counted over the whole training */
    long turn(long batch) {
        return batch / batches;
    }

    int shard(long batch) {
        long turn = turn(batch);
        int[] order = shuffled(turn / shards);
        return order[(int) (turn % shards)];
    }

    /** A generator of this turn's own. */
    SplittableRandom random(long batch) {
        return new SplittableRandom(new SplittableRandom(seed).nextLong() + turn(batch));
    }

    private int[] shuffled(long round) {
        SplittableRandom random = new SplittableRandom(new SplittableRandom(~seed).nextLong() + round);
        int[] order = new int[shards];
        for (int i = 0; i < shards; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
