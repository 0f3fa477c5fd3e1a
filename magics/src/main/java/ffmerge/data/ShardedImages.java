package ffmerge.data;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Images in Parquet files of which each is fetched when it is first needed. Training draws from one file at a time, as
 * {@link ShardTurns} says: a turn is as many batches as would use each image of a file once, and in it images are drawn at
 * random.
 */
public final class ShardedImages implements ImageSource {
    private final String name;
    private final Split split;
    private final Shards shards;
    private final Columns columns;
    private final Preprocessing preprocessing;
    private final List<String> classNames;
    private final UnaryOperator<ImageSet> checked;

    private ImageSet beginning;
    private int inBeginning;

    private ImageSet drawn;
    private int drawnIs = -1;
    /** Images of the file whose turn is first, by which turns are measured, and the seed that says which it is. */
    private long turn;

    private long turnOf;

    /**
     * @param classNames of the model
     * @param checked is shown each set, and may leave images out
     */
    public ShardedImages(
            String name,
            Split split,
            Shards shards,
            Columns columns,
            Preprocessing preprocessing,
            List<String> classNames,
            UnaryOperator<ImageSet> checked) {
        this.name = name;
        this.split = split;
        this.shards = shards;
        this.columns = columns;
        this.preprocessing = preprocessing;
        this.classNames = classNames;
        this.checked = checked;
    }

    private ImageSet open(int from, int to) {
        List<Path> files = IntStream.range(from, to).mapToObj(shards::file).toList();
        return checked.apply(
                ImageSet.of(name, new ParquetImages(files, columns), files.get(0), split, preprocessing, classNames));
    }

    @Override
    public synchronized ImageSet first(int images) {
        while (beginning == null || beginning.size() < images && inBeginning < shards.count()) {
            inBeginning = next(images);
            beginning = open(0, inBeginning);
        }
        return beginning;
    }

    /** How many files to open next: what files hold so far tells how many are needed. */
    private int next(int images) {
        if (beginning == null) {
            return 1;
        }
        long needed = ((long) images * inBeginning + beginning.size() - 1) / beginning.size();
        return (int) Math.max(inBeginning + 1L, Math.min(shards.count(), needed));
    }

    @Override
    public synchronized ImageBatch randomBatch(int rows, Augmentation augmentation, long seed, long index) {
        if (turn == 0 || turnOf != seed) {
            turn = set(new ShardTurns(shards.count(), 1, seed).shard(0)).size();
            turnOf = seed;
        }
        long batches = Math.max(1, turn / rows);
        return set(new ShardTurns(shards.count(), batches, seed).shard(index))
                .randomBatch(rows, augmentation, seed, index);
    }

    private ImageSet set(int shard) {
        if (drawnIs != shard) {
            drawn = open(shard, shard + 1);
            drawnIs = shard;
        }
        return drawn;
    }
}
