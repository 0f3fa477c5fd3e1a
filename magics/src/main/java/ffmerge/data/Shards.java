package ffmerge.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The files of a split in the order of their rows. A file may be far away: it is fetched when it is first asked for. */
public interface Shards {
    int count();

    /** A file, once it is here. */
    Path file(int index);

    /** All files, once they are here. */
    default List<Path> files() {
        return IntStream.range(0, count()).mapToObj(this::file).toList();
    }

    /**
     * The Parquet files of a split in a folder, or one file that is every split.
     *
     * @return empty where there are no Parquet files
     * @throws ffmerge.UserError if there are only those of other splits
     */
    static Optional<Shards> in(Path where, Split split) {
        return Optional.of(ImageLocation.parquetOf(where, split))
                .filter(files -> !files.isEmpty())
                .map(Shards::of);
    }

    /** Files that are here. */
    static Shards of(List<Path> files) {
        return new Shards() {
            @Override
            public int count() {
                return files.size();
            }

            @Override
            public Path file(int index) {
                return files.get(index);
            }
        };
    }
}
