package ffmerge.data;

import ffmerge.Progress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Sentence pairs in files of which each is fetched, and each part tokenized, when it is first needed. Training draws from
 * one part of one file at a time, as {@link ShardTurns} says.
 */
public final class ShardedPairs implements PairSource {
    /** Pairs of a part. */
    private static final int PART = 50_000;

    private final String name;
    private final Split split;
    private final Shards shards;
    private final Columns columns;
    private final PairTokenizer tokenizer;
    private final int longest;
    private final Consumer<String> notice;
    private final Progress progress;
    private final Map<Integer, PairRows> rows = new HashMap<>();

    private final List<SentencePair> beginning = new ArrayList<>();
    /** The file that the beginning ends in, and how many of its rows are in it. */
    private int shard;

    private int used;

    private PairSet part;
    private String partIs = "";

    /**
     * @param longest how many tokens the model takes; sentences that have more are cut
     * @param notice is told how many were
     */
    public ShardedPairs(
            String name,
            Split split,
            Shards shards,
            Columns columns,
            PairTokenizer tokenizer,
            int longest,
            Consumer<String> notice,
            Progress progress) {
        this.name = name;
        this.split = split;
        this.shards = shards;
        this.columns = columns;
        this.tokenizer = tokenizer;
        this.longest = longest;
        this.notice = notice;
        this.progress = progress;
    }

    private PairRows rows(int of) {
        return rows.computeIfAbsent(
                of,
                s -> new PairRows(
                        shards.file(s), columns, tokenizer.sourceLanguage(), tokenizer.targetLanguage(), notice));
    }

    @Override
    public synchronized PairSet first(int pairs) {
        while (beginning.size() < pairs && shard < shards.count()) {
            int end = (int) Math.min(rows(shard).count(), used + (long) pairs - beginning.size());
            beginning.addAll(tokenized(shard, used, end, beginning.size()));
            used = end;
            if (used == rows(shard).count()) {
                shard++;
                used = 0;
            }
        }
        return new PairSet(name, split, beginning);
    }

    private List<SentencePair> tokenized(int of, int from, int to, int index) {
        return PairFiles.tokenize(
                rows(of).pairs(from, to), index, shards.file(of), tokenizer, longest, notice, progress);
    }

    @Override
    public synchronized TranslationBatch randomBatch(int batch, long seed, long index) {
        ShardTurns turns = new ShardTurns(shards.count(), Math.max(1, PART / batch), seed);
        int of = turns.shard(index);
        int parts = Math.max(1, rows(of).count() / PART); // the last is longer where there is a rest
        int chosen = turns.random(index).nextInt(parts);
        if (!partIs.equals(of + " " + chosen)) {
            int end = chosen == parts - 1 ? rows(of).count() : (chosen + 1) * PART;
            part = new PairSet(name, split, tokenized(of, chosen * PART, end, chosen * PART));
            partIs = of + " " + chosen;
        }
        return part.randomBatch(batch, seed, index);
    }
}
