package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DialogueSetTest {
    private static final Tokenizer TOKENIZER =
            Tokenizer.load(Expected.home().resolve("models").resolve("gpt2-novels"));
    private static final int END = 0;
    private static final List<Dialogue> TWO = List.of(
            new Dialogue("Ann: hi\nBob: \"hello\", Ann\tdear", "They greet,\nboth."),
            new Dialogue("Žan: 5:30?\nBob: ok", "At 5:30."));

    @TempDir
    private Path folder;

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    private Path file(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void everyFormatGivesTheSameDialogues() throws Exception {
        String first =
                "{\"id\":1,\"dialogue\":\"Ann: hi\\r\\nBob: \\\"hello\\\", Ann\\tdear\",\"summary\":\"They greet,\\nboth.\"}";
        String second = "{\"summary\":\"At 5:30.\",\"dialogue\":\"Žan: 5:30?\\nBob: ok\",\"id\":2}";
        List<Path> files = new ArrayList<>();
        files.add(file("a.jsonl", first + "\n" + second + "\n"));
        files.add(file("a.json", "[" + first + ",\n" + second + "]"));
        files.add(file(
                "a.csv",
                "id,dialogue,summary\r\n1,\"Ann: hi\r\nBob: \"\"hello\"\", Ann\tdear\",\"They greet,\nboth.\"\r\n"
                        + "2,\"Žan: 5:30?\nBob: ok\",At 5:30.\r\n"));
        files.add(file(
                "a.tsv",
                "summary\tdialogue\n\"They greet,\nboth.\"\t\"Ann: hi\nBob: \"\"hello\"\", Ann\tdear\"\n"
                        + "At 5:30.\t\"Žan: 5:30?\nBob: ok\"\n"));
        Path parquet = folder.resolve("a.parquet");
        try (Connection database = TableServer.open();
                Statement copy = database.createStatement()) {
            copy.execute("COPY (SELECT * FROM read_json('" + files.get(0) + "')) TO '" + parquet + "'");
        }
        files.add(parquet);
        for (Path file : files) {
            assertTrue(DialogueFiles.isDialogues(file, Columns.KNOWN), file.toString());
            assertEquals(TWO, DialogueFiles.read(file, Columns.KNOWN), file.toString());
        }
    }

    @Test
    void aFolderHasAFileForEachSplit() throws Exception {
        Path train = file("chats-train.jsonl", "{\"dialogue\":\"A: a\",\"summary\":\"a\"}\n");
        file("chats-test.jsonl", "{\"dialogue\":\"B: b\",\"summary\":\"b\"}\n");
        assertTrue(DialogueFiles.isDialogues(folder, Columns.KNOWN));
        assertEquals(train, DialogueFiles.find(folder, Split.TRAIN));
        assertThrows(UserError.class, () -> DialogueFiles.find(folder, Split.VALIDATION));
    }

    @Test
    void otherDataAreNoDialogues() throws Exception {
        assertFalse(DialogueFiles.isDialogues(file("plain.txt", "dialogue,summary\n"), Columns.KNOWN));
        Path other = file("other.csv", "text,summary\na,b\n");
        assertFalse(DialogueFiles.isDialogues(other, Columns.KNOWN));
        UserError error = assertThrows(UserError.class, () -> DialogueFiles.read(other, Columns.KNOWN));
        assertEquals(
                other + " has no column 'dialogue'; it has text, summary;"
                        + " --columns DIALOGUE,SUMMARY says which are meant",
                error.getMessage());
        Path empty = file(
                "empty.jsonl", "{\"dialogue\":\"A: a\",\"summary\":\"b\"}\n{\"dialogue\":\" \",\"summary\":\"b\"}\n");
        error = assertThrows(UserError.class, () -> DialogueFiles.read(empty, Columns.KNOWN));
        assertEquals(empty + ", dialogue 2: the dialogue is empty", error.getMessage());
    }

    @Test
    void listsOfTurnsAreJoinedALineEach() throws Exception {
        String dialogue = "Ann: hi\nBob: hello";
        for (String turns : List.of(
                "[\"Ann: hi\", \"Bob: hello\"]",
                "[{\"speaker\": \"Ann\", \"text\": \"hi\"}, {\"speaker\": \"Bob\", \"text\": \"hello\"}]",
                "[{\"role\": \"Ann\", \"content\": \"hi\"}, {\"role\": \"Bob\", \"content\": \"hello\"}]",
                "[{\"from\": \"Ann\", \"value\": \"hi\"}, {\"content\": \"Bob: hello\"}]")) {
            Path file = file("turns.jsonl", "{\"dialogue\": " + turns + ", \"summary\": \"They greet.\"}\n");
            assertEquals(
                    List.of(new Dialogue(dialogue, "They greet.")), DialogueFiles.read(file, Columns.KNOWN), turns);
            Path parquet = folder.resolve("turns.parquet");
            try (Connection database = TableServer.open();
                    Statement copy = database.createStatement()) {
                copy.execute("COPY (SELECT * FROM read_json('" + file + "')) TO '" + parquet + "'");
            }
            assertEquals(
                    dialogue, DialogueFiles.read(parquet, Columns.KNOWN).get(0).dialogue(), turns);
        }
    }

    @Test
    void whatIsNoTextIsRefusedWithItsColumn() throws Exception {
        assertEquals(
                "x.jsonl, dialogue 1: the column 'dialogue' holds a list of objects that have no text in content, text,"
                        + " utterance, value, message; they have act",
                refusal("{\"dialogue\": [{\"act\": 1}], \"summary\": \"s\"}"));
        assertEquals(
                "x.jsonl, dialogue 1: the column 'dialogue' holds an object where a text is due",
                refusal("{\"dialogue\": {\"a\": [1]}, \"summary\": \"s\"}"));
        assertEquals(
                "x.jsonl, dialogue 1: the column 'summary' holds a list where a text is due",
                refusal("{\"dialogue\": \"d\", \"summary\": [\"s\", \"t\"]}"));
        assertEquals(
                "x.jsonl, dialogue 1: the column 'dialogue' holds a number where a text is due",
                refusal("{\"dialogue\": [3], \"summary\": \"s\"}"));
        assertEquals(
                "x.jsonl line 2 is not valid JSON: it ends too early",
                refusal("{\"dialogue\": \"d\", \"summary\": \"s\"}\n{\"dialogue\": \"d\""));
    }

    private String refusal(String line) throws Exception {
        Path file = file("x.jsonl", line + "\n");
        return assertThrows(UserError.class, () -> DialogueFiles.read(file, Columns.KNOWN))
                .getMessage()
                .replace(folder + "/", "");
    }

    @Test
    void columnsAreKnownInAnyCaseAndOthersAreAskedFor() throws Exception {
        Path capitals = file("capitals.jsonl", "{\"Dialogue\": \"A: a\", \"SUMMARY\": \"b\"}\n");
        assertTrue(DialogueFiles.isDialogues(capitals, Columns.KNOWN));
        assertEquals("b", DialogueFiles.read(capitals, Columns.KNOWN).get(0).summary());
        Path others = file("others.csv", "input,output\nA: a,b\n");
        assertFalse(DialogueFiles.isDialogues(others, Columns.KNOWN));
        Columns asked = Columns.parse("input, Output");
        assertTrue(DialogueFiles.isDialogues(others, asked));
        assertEquals(List.of(new Dialogue("A: a", "b")), DialogueFiles.read(others, asked));
    }

    @Test
    void aTableIsNeverReadAsItsOwnSyntax() throws Exception {
        Path others = file("others.jsonl", "{\"input\": \"A: a\", \"output\": \"b\"}\n{\"input\": \"c\"}\n");
        assertEquals(
                others + " has no column 'text'; it has input, output; --columns TEXT says which is meant,"
                        + " or of dialogues DIALOGUE,SUMMARY",
                assertThrows(UserError.class, () -> TextFiles.read(others, Columns.KNOWN, line -> {}))
                        .getMessage());
        assertEquals("A: a\n\nc", TextFiles.read(others, Columns.parse("input"), line -> {}));
        assertEquals("x\n\ny", TextFiles.read(file("t.csv", "id,text\n1,x\n2,y\n"), Columns.KNOWN, line -> {}));
        Path plain = file("plain.txt", "id,text\n");
        assertEquals("id,text\n", TextFiles.read(plain, Columns.KNOWN, line -> {}));
        assertThrows(UserError.class, () -> TextFiles.read(plain, Columns.parse("text"), line -> {}));
    }

    private static DialogueSet set(PromptTemplate template, int context, int longest, List<String> notices) {
        return DialogueSet.of(
                "chats",
                Split.TRAIN,
                TWO,
                TOKENIZER,
                new DialogueSet.Cut(template, END, context, longest),
                notices::add,
                Progress.NONE);
    }

    @Test
    void onlySummariesAndTheirEndsAreScored() {
        List<String> notices = new ArrayList<>();
        DialogueSet set = set(PromptTemplate.DEFAULT, 256, 32, notices);
        assertEquals(List.of(), notices);
        Completion first = set.completions().get(0);
        assertEquals(
                "Summarize the dialogue.\n\n" + TWO.get(0).dialogue() + "\n\nSummary:\n",
                TOKENIZER.decode(first.prompt()));
        assertEquals(END, first.target()[first.target().length - 1]);
        assertEquals("They greet,\nboth.", TOKENIZER.plainText(first.target()));

        CompletionBatch batch = new CompletionBatch(set.completions());
        TokenBatch tokens = batch.tokens();
        long[] targets = batch.targets(-100);
        assertEquals(2, tokens.rows());
        assertEquals(set.tokens(), batch.count());
        for (int row = 0; row < 2; row++) {
            Completion completion = set.completions().get(row);
            int start = row * tokens.length();
            int prompt = completion.prompt().length;
            long[] ids = Arrays.copyOfRange(tokens.ids(), start, start + tokens.length());
            long[] own = Arrays.copyOfRange(targets, start, start + tokens.length());
            for (int i = 0; i < tokens.length(); i++) {
                boolean scored = i >= prompt && i < completion.length();
                assertEquals(scored ? ids[i] : -100, own[i], "row " + row + " place " + i);
            }
        }
        assertEquals(
                batch.scored(), Arrays.stream(targets).filter(t -> t != -100).count());
    }

    @Test
    void whatExceedsTheContextIsCutAtTheDialoguesEnd() {
        List<String> notices = new ArrayList<>();
        DialogueSet set = set(PromptTemplate.parse("{dialogue}\\nTL;DR:"), 20, 4, notices);
        assertEquals(
                List.of(
                        "chats train: of 2 dialogues 2 were cut to leave 4 of the model's 20 tokens to the summary, and 2"
                                + " summaries to 4"),
                notices);
        for (Completion completion : set.completions()) {
            String prompt = TOKENIZER.decode(completion.prompt());
            assertTrue(completion.prompt().length <= 16 && prompt.endsWith("\nTL;DR:"), prompt);
            assertTrue(completion.source().startsWith(prompt.replace("\nTL;DR:", "")), prompt);
            assertEquals(4, completion.target().length);
        }
        assertThrows(UserError.class, () -> set(PromptTemplate.DEFAULT, 12, 4, notices));
        assertThrows(UserError.class, () -> PromptTemplate.parse("no place"));
    }

    @Test
    void batchesHoldEveryDialogueOnceAndRandomOnesAreDrawnAgain() {
        List<Dialogue> many = IntStream.range(0, 50)
                .mapToObj(i -> new Dialogue("A: " + "word ".repeat(i % 7) + i, "number " + i))
                .toList();
        DialogueSet set = DialogueSet.of(
                "many",
                Split.TRAIN,
                many,
                TOKENIZER,
                new DialogueSet.Cut(PromptTemplate.DEFAULT, END, 256, 32),
                notice -> {},
                Progress.NONE);
        List<CompletionBatch> batches = set.byLength(40, 200);
        int[] seen = batches.stream()
                .flatMap(b -> b.completions().stream())
                .mapToInt(Completion::index)
                .sorted()
                .toArray();
        assertArrayEquals(IntStream.range(0, 40).toArray(), seen);
        batches.forEach(b -> assertTrue(b.rows() == 1 || b.tokens().ids().length <= 200));
        assertEquals(set.randomBatch(8, 3, 17), set.randomBatch(8, 3, 17));
        assertFalse(set.randomBatch(8, 3, 17).equals(set.randomBatch(8, 4, 17)));
    }
}
