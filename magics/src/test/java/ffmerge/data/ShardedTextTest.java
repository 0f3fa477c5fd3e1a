package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Demo;
import ffmerge.Progress;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that is read part by part is the text that is read whole; the turns of shards. */
class ShardedTextTest {
    private static Tokenizer tokenizer;

    private final List<Integer> fetched = new ArrayList<>();

    @BeforeAll
    static void load() {
        tokenizer = Tokenizer.load(Demo.folder());
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static List<Path> shardFiles() {
        return List.of(0, 1).stream()
                .map(i -> {
                    try {
                        return Path.of(ShardedTextTest.class
                                .getResource("/hubdata/text/test-0000" + i + "-of-00002.parquet")
                                .toURI());
                    } catch (URISyntaxException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
    }

    private ShardedText text(long partBytes) {
        Shards shards = new Shards() {
            @Override
            public int count() {
                return 2;
            }

            @Override
            public Path file(int index) {
                fetched.add(index);
                return shardFiles().get(index);
            }
        };
        return new ShardedText("wiki", Split.TEST, shards, Columns.KNOWN, tokenizer, Progress.NONE, partBytes);
    }

    private static String whole() {
        List<String> rows = new ArrayList<>();
        for (Path file : shardFiles()) {
            new ParquetFile(file).forEach("SELECT text FROM read_parquet(?)", row -> rows.add(row.text(0)));
        }
        return String.join("\n\n", rows);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 300, 2000, 20_000, 1 << 22})
    void aBeginningIsTheWholesBeginning(long partBytes) {
        int[] whole = tokenizer.encode(whole(), Progress.NONE);
        ShardedText text = text(partBytes);
        for (long wanted : new long[] {1, 100, 1500, 5000, 7000, whole.length, Long.MAX_VALUE}) {
            int[] ids = text.first(wanted).ids();
            assertTrue(ids.length >= Math.min(wanted, whole.length), ids.length + " of " + wanted);
            assertArrayEquals(Arrays.copyOf(whole, ids.length), ids);
        }
        assertEquals(whole.length, text.first(Long.MAX_VALUE).ids().length);
    }

    @Test
    void aBeginningNeedsNoMoreFilesThanItIsLong() {
        text(300).first(500);
        assertEquals(Set.of(0), new HashSet<>(fetched));
        text(300).first(Long.MAX_VALUE);
        assertEquals(Set.of(0, 1), new HashSet<>(fetched));
    }

    @Test
    void rowsOfTrainingAreStretchesOfTheText() {
        int[] whole = tokenizer.encode(whole(), Progress.NONE);
        String all = Arrays.toString(whole);
        for (long step : new long[] {0, 1, 5000, 100_000}) {
            TokenBatch batch = text(8000).randomRows(3, 64, 11, step);
            assertArrayEquals(text(8000).randomRows(3, 64, 11, step).ids(), batch.ids());
            for (int row = 0; row < 3; row++) {
                // what lies at a part's begin may be cut into other tokens than in the middle of a text
                String inner = Arrays.toString(Arrays.copyOfRange(batch.ids(), row * 64 + 4, row * 64 + 64));
                assertTrue(all.contains(inner.substring(1, inner.length() - 1)), inner);
            }
        }
        assertNotEquals(
                Arrays.toString(text(8000).randomRows(1, 64, 1, 0).ids()),
                Arrays.toString(text(8000).randomRows(1, 64, 2, 0).ids()));
    }

    @Test
    void everyShardHasItsTurnInEachRound() {
        for (int shards : new int[] {1, 2, 7, 294}) {
            ShardTurns turns = new ShardTurns(shards, 5, 3);
            for (int round = 0; round < 3; round++) {
                Set<Integer> seen = new TreeSet<>();
                for (int turn = 0; turn < shards; turn++) {
                    long first = (long) (round * shards + turn) * 5;
                    assertEquals(turns.shard(first), turns.shard(first + 4));
                    seen.add(turns.shard(first));
                }
                assertEquals(shards, seen.size());
            }
        }
        assertNotEquals(order(1), order(2));
        assertEquals(order(1), order(1));
    }

    private static List<Integer> order(long seed) {
        ShardTurns turns = new ShardTurns(14, 1, seed);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 28; i++) {
            order.add(turns.shard(i));
        }
        return order;
    }

    @Test
    void codesOfTheSameLanguage() {
        for (String chinese : List.of("zh", "zho", "chi", "cmn_Hans", "zh-CN", "yue_Hant")) {
            assertTrue(Languages.same("zho", chinese), chinese);
        }
        assertTrue(Languages.same("en", "eng"));
        assertTrue(Languages.same("en_GB", "eng"));
        assertTrue(Languages.same("xx-odd", "xx"));
        for (String other : List.of("de", "", "eng2", "english", "\0")) {
            assertEquals(false, Languages.same("en", other), other);
        }
    }
}
