package ffmerge.data;

import ffmerge.Progress;
import ffmerge.UserError;
import java.util.HashMap;
import java.util.Map;

/**
 * Text in Parquet files of which each is fetched, and each part tokenized, when it is first needed. Rows are joined by a
 * blank line.
 *
 * <p>Training draws from one part of one shard at a time, as {@link ShardTurns} says: a part by chance, and in it from
 * places as random as in a text that is held whole.
 */
public final class ShardedText implements TextSource {
    /** About a million tokens of English. */
    private static final long PART_BYTES = 4 << 20;

    /** What a part is taken to hold where it must be known before the part is read. */
    private static final long PART_TOKENS = 1 << 20;

    /** Tokens at the end of a beginning that could be others if the text went on. */
    private static final int UNSURE = 64;

    private static final int BYTES_PER_TOKEN = 4;

    private final String name;
    private final Split split;
    private final Shards shards;
    private final Columns columns;
    private final Tokenizer tokenizer;
    private final Progress progress;
    private final long partBytes;
    private final Map<Integer, ParquetText> texts = new HashMap<>();
    /** The longest beginning that was asked for. */
    private TokenStream beginning;

    private boolean beginningIsAll;

    /** The part that was drawn from last, and which it is. */
    private TokenStream part;

    private String partIs = "";

    /**
     * @param columns that are asked for
     * @param tokenizer is used as long as this is */
    public ShardedText(
            String name, Split split, Shards shards, Columns columns, Tokenizer tokenizer, Progress progress) {
        this(name, split, shards, columns, tokenizer, progress, PART_BYTES);
    }

    ShardedText(
            String name,
            Split split,
            Shards shards,
            Columns columns,
            Tokenizer tokenizer,
            Progress progress,
            long partBytes) {
        this.name = name;
        this.split = split;
        this.shards = shards;
        this.columns = columns;
        this.tokenizer = tokenizer;
        this.progress = progress;
        this.partBytes = partBytes;
    }

    private ParquetText text(int shard) {
        return texts.computeIfAbsent(shard, s -> new ParquetText(shards.file(s), columns, partBytes));
    }

    @Override
    public synchronized TokenStream first(long tokens) {
        long characters = Math.min(tokens, Long.MAX_VALUE / 8) * BYTES_PER_TOKEN + UNSURE;
        while (beginning == null || !beginningIsAll && beginning.ids().length < tokens) {
            read(characters);
            characters *= 2;
        }
        return beginning;
    }

    /** Reads at least so many characters from the start, in whole parts. */
    private void read(long characters) {
        StringBuilder text = new StringBuilder();
        beginningIsAll = true;
        for (int shard = 0; shard < shards.count() && beginningIsAll; shard++) {
            for (int p = 0; p < text(shard).parts(); p++) {
                if (text.length() >= characters) {
                    beginningIsAll = false;
                    break;
                }
                text.append(text.isEmpty() ? "" : ParquetText.BETWEEN)
                        .append(text(shard).part(p));
            }
            beginningIsAll &= text.length() < characters || shard + 1 == shards.count();
        }
        TokenizedText tokens = tokenizer.tokenize(text.toString(), progress);
        int count = tokens.ids().length;
        beginning = new TokenStream(name, split, tokens.first(beginningIsAll ? count : Math.max(0, count - UNSURE)));
    }

    @Override
    public synchronized TokenBatch randomRows(int rows, int length, long seed, long step) {
        long batches = Math.max(1, PART_TOKENS / ((long) rows * length));
        ShardTurns turns = new ShardTurns(shards.count(), batches, seed);
        int shard = turns.shard(step);
        int parts = text(shard).parts();
        if (parts == 0) {
            throw new UserError(name + " " + split.label() + ": its file " + shards.file(shard) + " holds no text");
        }
        // the last part may be short: it is one with the part before it
        int chosen = turns.random(step).nextInt(Math.max(1, parts - 1));
        return part(shard, chosen, parts).randomRows(rows, length, seed, step);
    }

    private TokenStream part(int shard, int chosen, int parts) {
        String is = shard + " " + chosen;
        if (!partIs.equals(is)) {
            ParquetText text = text(shard);
            String rows = text.part(chosen);
            if (parts > 1 && chosen == parts - 2) {
                rows += ParquetText.BETWEEN + text.part(parts - 1);
            }
            part = new TokenStream(name, split, tokenizer.encode(rows, progress));
            partIs = is;
        }
        return part;
    }
}
