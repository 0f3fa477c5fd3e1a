package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowSearchTest {
    private static final String ROWS = """
            [{"id": "a1", "time": "2026-01-02T03:04:05.678Z", "value": 1.5, "options": {"seed": 0, "data": "novels"}},
             {"id": "b2", "time": "2026-02-02T03:04:05.678Z", "value": null, "options": {}},
             {"id": "it's", "time": "2026-03-02T03:04:05.678Z", "value": 30, "options": {"seed": 7}}]
            """;

    private static RowSearch search() {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("id", "VARCHAR");
        columns.put("time", "TIMESTAMP");
        columns.put("value", "DOUBLE");
        columns.put("options", "MAP(VARCHAR, VARCHAR)");
        return new RowSearch("runs", columns, "where");
    }

    private static String refusal(String sql) {
        String message =
                assertThrows(UserError.class, () -> search().find(ROWS, sql)).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "value > 1|0,2",
                "VALUE is null|1",
                "id = 'it''s' or \"id\" = 'a1'|0,2",
                "options['seed'] = '7'|2",
                "time < '2026-02-10' -- before that|0,1",
                "runs.value between 1 and 2 and ((id like 'a%'))|0",
                "id like '%;%' or id = '--' or id = '('|",
                "SELECT * FROM runs WHERE value > 20|2",
                "with big as (from runs where value > 1) select id from big order by value desc limit 1|2",
                "value = (select max(value) from runs)|2",
            })
    void rowsThatMeetTheCondition(String sql, String found) {
        List<Integer> expected = found == null
                ? List.of()
                : List.of(found.split(",")).stream().map(Integer::valueOf).toList();
        assertEquals(expected, search().find(ROWS, sql));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DROP TABLE runs",
                "  delete from runs where 1 = 1",
                "/* harmless */ insert into runs values (1)",
                "update runs set value = 1",
                "create table x as select 1",
                "COPY runs TO 'x.csv'",
                "attach 'x.db'",
                "set memory_limit = '1TB'",
                "pragma database_list",
                "install httpfs",
                "1 = 1; drop table runs",
                "(1 = 1); copy runs to 'x.csv'",
            })
    void whatDoesMoreThanReadIsRefusedByItsName(String sql) {
        String refusal = refusal(sql);
        assertTrue(refusal.matches("--where only reads the runs; [A-Z]+ is refused: .*"), refusal);
    }

    @Test
    void filesAreNotRead(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("secret.csv"), "id\na1\n");
        for (String read : List.of(
                "id in (select id from read_csv('%s'))",
                "id in (select content from read_text('%s'))",
                "SELECT id FROM read_csv_auto('%s')",
                "id in (select file from glob('%s'))",
                "id in (from '%s')")) {
            String refusal = refusal(String.format(read, file));
            assertEquals("--where: files are not read here; the only table is runs", refusal);
        }
        assertEquals("--where: there is no table 'others'; the only one is runs", refusal("id in (from others)"));
    }

    @Test
    void anUnknownColumnIsAnsweredWithThoseThereAre() {
        assertEquals(
                "--where: there is no column 'vlaue'; did you mean 'value'? Columns are id, time, value, options",
                refusal("vlaue > 1"));
        assertEquals(
                "--where: a SELECT here gives the column id: SELECT id FROM runs WHERE …",
                refusal("SELECT value FROM runs"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "value >|--where: this SQL ends too early; what follows its last word?",
                "value > 1 and|ends too early",
                "SELECT id FROM runs WHERE value <|ends too early",
                "(value <)|syntax error at or near \")\"",
                "value < > 1|syntax error",
                "(value > 1|a parenthesis is not closed",
                "1=1) or (1=1))|a parenthesis is closed that isn't open",
                "value = 'much'|could not convert string 'much' to DOUBLE: TRY_CAST(… AS DOUBLE) leaves out",
                "options['seed'] < 5|explicit cast is required: compare a text with a text, as options['limit'] = '10', or as a number, TRY_CAST(",
                "id between 1 and 5|or as a number, TRY_CAST(result->>'value' AS DOUBLE) < 50",
                "count(*) > 1|WHERE clause cannot contain aggregates: put it into a SELECT of its own, as value = (SELECT",
                "row_number() over () = 1|WHERE clause cannot contain window functions: put it into a SELECT",
                "with x as (insert into runs values (1)) select id from x|only reads the runs; a WITH that writes is refused",
                "id = ?|stands for nothing here",
                "value > 1;|without a semicolon",
                "`  `|takes a condition",
                "foo(id)|foo",
            })
    void whatCannotBeMeantIsOneLine(String sql, String said) {
        assertTrue(refusal(sql).contains(said), refusal(sql));
    }

    @Test
    void aTableLeavesNothingForTheNextQuery() {
        assertEquals(List.of(0), search().find("[{\"id\": \"x\", \"value\": 1}]", "value = 1"));
        assertEquals(List.of(0, 2), search().find(ROWS, "value > 1"));
    }
}
