package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No line of a table is passed over, taken for something else or filled up. */
class TableFileTest {
    private static final int MANY = 30_000;

    @TempDir
    private Path folder;

    private Path table(String ending, String text) throws IOException {
        return Files.writeString(folder.resolve("t." + ending), ending.equals("tsv") ? text.replace(',', '\t') : text);
    }

    private String cells(Path file) {
        TableFile table = TableFile.open(file);
        return table.columns() + " " + table.rows(table.columns());
    }

    private String refusal(Path file) {
        return assertThrows(UserError.class, () -> cells(file)).getMessage().replace(folder + "/", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"csv", "tsv"})
    void cellsStandAsTheyAreWritten(String ending) throws IOException {
        assertEquals(
                "[source, target] [[\"a \\\"b\\\"\\nc\", \"NULL\"], [\"#d\", \"nan\"], [\"007\", \"\u4f60\"]]",
                cells(table(ending, "source,target\n\"a \"\"b\"\"\nc\",NULL\n#d,nan\n007,\u4f60\n")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"csv", "tsv"})
    void whatLooksLikeACommentOrTitleIsNotPassedOver(String ending) throws IOException {
        assertEquals(
                "[#c, d] [[\"source\", \"target\"], [\"a\", \"b\"]]",
                cells(table(ending, "#c,d\nsource,target\na,b\n")));
        String uneven = "cannot read t." + ending
                + ": its lines don't all have as many fields, parted by " + (ending.equals("tsv") ? "tabs" : "commas")
                + ", as the first, a quote isn't closed, or some end in LF and some in CR LF";
        assertEquals(uneven, refusal(table(ending, "my title\nsource,target\na,b\nc,d\n")));
        assertEquals(uneven, refusal(table(ending, "source,target\na,b\nc\nd,e\n")));
        assertEquals(uneven, refusal(table(ending, "source,target\n\"a,b\nc,d\n")));
        assertEquals(uneven, refusal(table(ending, "source,target\na,b\r\nc,d\n")));
    }

    @Test
    void otherCharactersThanThoseOfUtf8AreSaid() throws IOException {
        String text = "dialogue,summary\nZoë: hi,é\n";
        for (Charset other : List.of(StandardCharsets.ISO_8859_1, StandardCharsets.UTF_16)) {
            Path file = Files.write(folder.resolve("t.csv"), text.getBytes(other));
            assertEquals("cannot read t.csv: it is not UTF-8 text", refusal(file));
        }
    }

    @Test
    void rowsOfJsonAreNoPlainText() throws IOException {
        String rows = "{\"text\": \"a b\"}\n\n{\"text\": \"c\"}\n";
        Path file = Files.writeString(folder.resolve("t.txt"), rows);
        String message = assertThrows(UserError.class, () -> TextFiles.read(file, Columns.KNOWN, notice -> {}))
                .getMessage();
        assertTrue(message.contains("t.txt holds JSON objects") && message.contains(".jsonl"), message);
        for (String ending : List.of("jsonl", "ndjson")) {
            assertEquals("a b\n\nc", TextFiles.read(table(ending, rows), Columns.KNOWN, notice -> {}), ending);
        }
        Path code = Files.writeString(folder.resolve("c.txt"), "{\"a\": 1}\nis an object of JSON.\n");
        assertEquals(Files.readString(code), TextFiles.read(code, Columns.KNOWN, notice -> {}));
    }

    @Test
    void aMistakeFarBehindIsNamedByItsLine() throws IOException {
        Path file = table("csv", "source,target\n" + "a,b\n".repeat(MANY) + "x\nc,d\n");
        assertEquals("cannot read t.csv: line " + (MANY + 2) + " has 1 fields, the first has 2", refusal(file));
    }

    @Test
    void parquetThatIsNoneIsSaidToBeNone() throws IOException {
        Path file = Files.writeString(folder.resolve("t.parquet"), "no parquet");
        assertEquals(1, refusal(file).lines().count());
        assertEquals("cannot read t.parquet: ", refusal(file).substring(0, "cannot read t.parquet: ".length()));
    }
}
