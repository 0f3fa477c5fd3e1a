package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ffmerge.UserError;
import ffmerge.fixture.Damage;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever happens to a table's file, it is read or refused in one line, and DuckDB, which reads it, doesn't end this
 * process: by each of those who read tables. The system property {@code fuzz} says how many files are tried of each kind; see environment/bench/TRUST.md.
 */
class TableFuzzTest {
    private static final int CASES = Integer.getInteger("fuzz", 40);
    private static final long SEED = Long.getLong("fuzz.seed", 20261126);

    private static final List<String> PARQUET = List.of(
            "/hubdata/pairs/test-00000-of-00001.parquet",
            "/hubdata/tatoeba/0000.parquet",
            "/hubdata/text/test-00001-of-00002.parquet");

    /** Where Parquet says what lies where. */
    private static final int FOOTER = 1500;

    @TempDir
    private Path folder;

    private static byte[] resource(String name) throws IOException {
        try {
            return Files.readAllBytes(
                    Path.of(TableFuzzTest.class.getResource(name).toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] sound(String ending, int which) throws IOException {
        if (ending.startsWith("json")) {
            String row =
                    "{\"source\": \"a\", \"target\": \"\u4f60\", \"dialogue\": [{\"role\": \"b\", \"content\": \"c\"}],"
                            + " \"summary\": \"d\", \"text\": null}";
            String rows = ending.equals("jsonl") ? (row + "\n").repeat(4) : "[" + row + ", " + row + "]";
            return rows.getBytes(StandardCharsets.UTF_8);
        }
        if (ending.equals("parquet")) {
            return resource(PARQUET.get(which % PARQUET.size()));
        }
        String between = ending.equals("csv") ? "," : "\t";
        return ("source,target,n\n\"a \"\"b\"\"\nc\",d,1\ne\u4f60,\"\",2\n,x,\n".replace(",", between))
                .repeat(5)
                .getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "csv", "tsv", "jsonl", "json"})
    void damagedTablesAreReadOrRefused(String ending) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int i = 0; i < CASES; i++) {
            byte[] damaged = damaged(sound(ending, i), ending.equals("parquet"), random);
            Path file = folder.resolve("data." + ending);
            Files.write(file, damaged);
            outcomes.merge(outcome(file, damaged), 1, Integer::sum);
        }
        System.out.println(ending + " " + outcomes);
        assertTrue(outcomes.size() > 1, outcomes.toString());
    }

    /** Half of the hits of a Parquet file fall into its footer, behind which its length stands. */
    private static byte[] damaged(byte[] sound, boolean parquet, SplittableRandom random) {
        if (!parquet || random.nextBoolean()) {
            return Damage.bytes(sound, random);
        }
        int start = Math.max(0, sound.length - FOOTER);
        byte[] footer = Damage.bytes(Arrays.copyOfRange(sound, start, sound.length), random);
        byte[] damaged = Arrays.copyOf(sound, start + footer.length);
        System.arraycopy(footer, 0, damaged, start, footer.length);
        return damaged;
    }

    /** All who read tables. */
    private static List<Consumer<Path>> readers(boolean parquet) {
        List<Consumer<Path>> readers = new ArrayList<>();
        readers.add(TableFuzzTest::readAll);
        readers.add(file -> TextFiles.read(file, Columns.KNOWN, line -> {}));
        readers.add(file -> DialogueFiles.isDialogues(file, Columns.KNOWN));
        readers.add(file -> DialogueFiles.read(file, Columns.KNOWN));
        readers.add(file -> {
            PairRows pairs = new PairRows(file, Columns.KNOWN, "", "", line -> {});
            pairs.pairs(0, pairs.count());
        });
        if (parquet) {
            readers.add(file -> {
                ParquetText text = new ParquetText(file, Columns.KNOWN, 1000);
                for (int part = 0; part < text.parts(); part++) {
                    text.part(part);
                }
            });
            readers.add(file -> new ParquetImages(List.of(file), Columns.KNOWN));
        }
        return readers;
    }

    private static void readAll(Path file) {
        TableFile table = TableFile.open(file);
        table.rows(table.columns());
    }

    /** Of the first reader; the others have theirs, and mustn't break. */
    private static String outcome(Path file, byte[] damaged) {
        List<String> outcomes = readers(file.toString().endsWith(".parquet")).stream()
                .map(reader -> outcome(reader, file, damaged))
                .toList();
        return outcomes.get(0);
    }

    private static String outcome(Consumer<Path> reader, Path file, byte[] damaged) {
        try {
            reader.accept(file);
            return "read";
        } catch (UserError e) {
            String message = e.getMessage();
            assertTrue(message.contains(file.toString()), message);
            assertFalse(message.contains("java."), message);
            return "refused";
        } catch (RuntimeException | Error e) {
            return fail("not refused but broken: " + HexFormat.of().formatHex(damaged), e);
        }
    }
}
