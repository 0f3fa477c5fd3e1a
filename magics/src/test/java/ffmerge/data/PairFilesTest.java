package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.DemoTranslator;
import ffmerge.Progress;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairFilesTest {
    @TempDir
    private Path folder;

    private final List<String> notices = new ArrayList<>();

    private Columns columns = Columns.KNOWN;

    private List<SentencePair> read(String text) throws IOException {
        Path file = folder.resolve("own-test.tsv");
        Files.writeString(file, text);
        return PairFiles.read(
                PairFiles.find(folder, Split.TEST),
                columns,
                DemoTranslator.tokenizer(),
                8,
                notices::add,
                Progress.NONE);
    }

    private String refusal(String text) {
        return assertThrows(UserError.class, () -> read(text)).getMessage();
    }

    private List<String> sentences(String text) throws IOException {
        return read(text).stream().map(p -> p.source() + "/" + p.target()).toList();
    }

    private void ask(String names) {
        columns = Columns.parse(names);
    }

    @Test
    void twoSentencesNeedNoHeader() throws IOException {
        List<SentencePair> pairs = read("你好\tHello.\n再见\t\n");
        assertEquals("Hello.", pairs.get(0).target());
        assertEquals(1, pairs.get(1).targetIds().length);
        assertEquals(List.of(), notices);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "source\ttarget\n你好\tHello.",
                "Source\tTARGET\n你好\tHello.",
                "\uFEFFsource\ttarget\n你好\tHello.",
                "target\tsource\nHello.\t你好",
                "zh\ten\n你好\tHello.",
                "English\tChinese\nHello.\t你好",
                "id\tsource\tscore\ttarget\n7\t你好\t0.5\tHello.",
                "sourceLang\ttargetlang\tsourceString\ttargetString\neng\tcmn_Hans\tHello.\t你好",
                "cmn\teng\t你好\tHello.",
                "eng\tcmn_Hans\tHello.\t你好"
            })
    void aHeaderOrTheLanguagesTellTheColumns(String text) throws IOException {
        assertEquals(List.of("你好/Hello."), sentences(text + "\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "你好\tHello.\tCC BY\n",
                "1\t你好\t2\tHello.\n",
                "input\toutput\n你好\tHello.\n",
                "de\tfr\nHallo\tSalut\n",
                "German\tFrench\nHallo\tSalut\n"
            })
    void columnsThatNothingTellsAreNamedWithTheOptionThatDoes(String text) {
        String message = refusal(text);
        assertTrue(
                message.contains("own-test.tsv has ")
                        && message.contains("its first line is "
                                + text.lines().findFirst().orElseThrow().replace("\t", " | "))
                        && message.endsWith("--columns SOURCE,TARGET says which are meant, by name or by number as in"
                                + " --columns 1,2"),
                message);
    }

    @Test
    void theOptionChoosesByNameOrByNumber() throws IOException {
        ask("1,2");
        assertEquals(List.of("你好/Hello."), sentences("你好\tHello.\tCC BY\n"));
        ask("2,4");
        assertEquals(List.of("你好/Hello."), sentences("1\t你好\t2\tHello.\n"));
        ask("Input,output");
        assertEquals(List.of("你好/Hello."), sentences("output\tinput\nHello.\t你好\n"));
        ask("2,1");
        assertEquals(List.of("你好/Hello."), sentences("output\tinput\nHello.\t你好\n"));
        ask("1,5");
        assertTrue(refusal("你好\tHello.\n").endsWith("own-test.tsv has the columns 1 to 2"));
        ask("question,output");
        assertTrue(refusal("output\tinput\nHello.\t你好\n")
                .endsWith("own-test.tsv has no column 'question', which --columns names; it has output, input"));
        ask("output");
        assertTrue(refusal("output\tinput\nHello.\t你好\n").endsWith("is read for source and target, so name 2 columns"));
        assertThrows(UserError.class, () -> Columns.parse("a,,b"));
    }

    @Test
    void otherTablesHaveTheSameColumns() throws IOException {
        for (String text : List.of(
                "own.csv;id,source,target\n1,你好,Hello.\n",
                "own.csv;zh,en\n你好,\"Hello.\"\n",
                "own.jsonl;{\"target\": \"Hello.\", \"source\": \"你好\"}\n",
                "own.jsonl;{\"translation\": {\"en\": \"Hello.\", \"zh\": \"你好\"}}\n",
                "own.json;[{\"en\": \"Hello.\", \"zh\": \"你好\"}]\n",
                "own.ndjson;{\"en\": \"Hello.\", \"zh\": \"你好\"}\n",
                "own.tsv;\"你好\"\t\"Hello.\"\n\"a \"\"b\"\"\"\t\"c\"\n",
                "own.tsv;你好\tHello.\rA\tB\r")) {
            Path file = folder.resolve(text.split(";")[0]);
            Files.writeString(file, text.split(";")[1]);
            List<SentencePair> pairs =
                    PairFiles.read(file, Columns.KNOWN, DemoTranslator.tokenizer(), 8, notices::add, Progress.NONE);
            assertEquals("你好/Hello.", pairs.get(0).source() + "/" + pairs.get(0).target(), text);
        }
        Path other = Files.writeString(folder.resolve("own.jsonl"), "{\"q\": [\"你好\"], \"a\": \"Hello.\"}\n");
        assertTrue(refusal(other, Columns.KNOWN).endsWith("it has q, a; --columns SOURCE,TARGET says which are meant"));
        assertTrue(refusal(other, Columns.parse("q,a"))
                .endsWith("own.jsonl, row 1: the column 'q' holds a list where a text is due"));
    }

    @Test
    void translationsByLanguageAreReadByTheModelsLanguagesOrThoseThatAreAsked() throws Exception {
        String value = "{\"en\": \"Hello.\", \"zh\": \"你好\", \"fr\": \"Salut.\"}";
        Path lines = folder.resolve("own.jsonl");
        Files.writeString(lines, "{\"id\": \"0\", \"translation\": " + value + "}\n");
        Path parquet = folder.resolve("own.parquet");
        try (Connection duck = TableServer.open();
                Statement copy = duck.createStatement()) {
            copy.execute("COPY (SELECT * FROM read_json('" + lines + "')) TO '" + parquet + "'");
        }
        for (Path file : List.of(lines, parquet)) {
            assertEquals("你好/Hello.", first(file, Columns.KNOWN));
            assertEquals("你好/Hello.", first(file, Columns.parse("zh,en")));
            assertEquals("Hello./Salut.", first(file, Columns.parse("translation.en,translation.fr")));
            assertTrue(refusal(file, Columns.parse("zh,german"))
                    .endsWith("has no column 'german', which --columns names; it has en, zh, fr"));
            String message = assertThrows(
                            UserError.class, () -> new PairRows(file, Columns.KNOWN, "", "", notices::add).pairs(0, 1))
                    .getMessage();
            assertTrue(
                    message.contains("own.")
                            && message.contains("has the languages en, zh, fr")
                            && message.contains("--columns en,zh"),
                    message);
        }
    }

    private String first(Path file, Columns asked) {
        PairTokenizer tokenizer = DemoTranslator.tokenizer();
        PairRows rows = new PairRows(file, asked, tokenizer.sourceLanguage(), tokenizer.targetLanguage(), notices::add);
        PairRows.Pair pair = rows.pairs(0, 1).get(0);
        return pair.source() + "/" + pair.target();
    }

    @ParameterizedTest
    @ValueSource(strings = {"chinese text\tEnglish text", "Quelle\tZiel", "zh_line\ten_line"})
    void aFirstLineThatMayBeAHeaderIsReadWithANotice(String header) throws IOException {
        String text = header + "\n你好。\tHello.\n再见。\tBye.\n";
        assertEquals(3, read(text).size());
        String asked = "\"" + header.replace('\t', ',') + "\"";
        assertEquals(
                List.of("own-test.tsv line 1, " + header.replace("\t", " | ")
                        + ", is read as a pair of sentences; if it is a header, --columns " + asked
                        + " takes it for one"),
                noticesOfHeaders());
        ask(header.replace('\t', ','));
        assertEquals(List.of("你好。/Hello.", "再见。/Bye."), sentences(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Hund\tdog\nKatze\tcat\n",
                "你好。\tHello.\n再见。\tBye.\n",
                "Hallo Welt\tHello world!\nBis bald.\tSee you.\n",
                "Seite 1\tPage 1\nBis bald.\tSee you.\n",
                "你好\tHello\n"
            })
    void pairsLikeTheOthersNeedNoNotice(String text) throws IOException {
        read(text);
        assertEquals(List.of(), noticesOfHeaders());
    }

    /** Without those of sentences that are cut. */
    private List<String> noticesOfHeaders() {
        return notices.stream().filter(notice -> notice.contains("header")).toList();
    }

    private String refusal(Path file, Columns asked) {
        return assertThrows(
                        UserError.class,
                        () -> PairFiles.read(file, asked, DemoTranslator.tokenizer(), 8, notices::add, Progress.NONE))
                .getMessage();
    }

    @Test
    void whatIsWrongIsSaidWithItsLine() {
        assertTrue(refusal("你好\tHello.\n再见\n")
                .endsWith("line 2 has one column; a pair is source and target, parted by a tab"));
        assertTrue(refusal("你好\tHello.\n再见\tBye.\t!\n").endsWith("line 2 has 3 columns, the first has 2"));
        assertTrue(refusal("你好\tHello.\n \tBye.\n").endsWith("line 2 has no source sentence"));
        assertTrue(refusal("").endsWith("line 1 has one column; a pair is source and target, parted by a tab"));
    }

    @Test
    void longSentencesAreCutAndThatIsSaidOnce() throws IOException {
        String sentence = "我知道你喜欢体育运动，我知道你喜欢体育运动，我知道你喜欢体育运动。";
        List<SentencePair> pairs = read((sentence + "\tYes.\n").repeat(3));
        assertEquals(8, pairs.get(0).sourceIds().length);
        assertEquals(0, pairs.get(0).sourceIds()[7], "the end token stays");
        assertEquals(
                List.of("3 sentence pairs of own-test.tsv exceeded the model's 8 positions and were cut"), notices);
    }

    @Test
    void trainingBatchesAreTheSameEachTimeAndHoldSentencesOfLikeLength() {
        PairSet set = DemoTranslator.pairs(Split.VALIDATION);
        Set<Integer> drawn = new HashSet<>();
        long padded = 0;
        long tokens = 0;
        for (long index = 0; index < 15; index++) {
            TranslationBatch batch = set.randomBatch(16, 3, index);
            assertEquals(batch, set.randomBatch(16, 3, index));
            assertNotEquals(batch, set.randomBatch(16, 4, index));
            batch.pairs().forEach(pair -> drawn.add(pair.index()));
            padded += (long) batch.rows() * batch.sourceLength();
            tokens += batch.sourceTokens();
        }
        assertEquals(15 * 16, drawn.size(), "a pool draws no pair twice");
        assertTrue(padded < 1.1 * tokens, padded + " places for " + tokens + " tokens");
    }
}
