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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairFilesTest {
    @TempDir
    private Path folder;

    private final List<String> notices = new ArrayList<>();

    private List<SentencePair> read(String text) throws IOException {
        Path file = folder.resolve("own-test.tsv");
        Files.writeString(file, text);
        return PairFiles.read(
                PairFiles.find(folder, Split.TEST), DemoTranslator.tokenizer(), 8, notices::add, Progress.NONE);
    }

    private String refusal(String text) {
        return assertThrows(UserError.class, () -> read(text)).getMessage();
    }

    @Test
    void furtherColumnsAreLeftAlone() throws IOException {
        List<SentencePair> pairs = read("你好\tHello.\tCC BY\n再见\t\n");
        assertEquals("Hello.", pairs.get(0).target());
        assertEquals(1, pairs.get(1).targetIds().length);
        assertEquals(List.of(), notices);
    }

    @Test
    void whatIsWrongIsSaidWithItsLine() {
        assertTrue(refusal("你好\tHello.\n再见\n")
                .endsWith("line 2 has one column; a pair is source and target, parted by a tab"));
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
