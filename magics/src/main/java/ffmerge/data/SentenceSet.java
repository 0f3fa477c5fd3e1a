package ffmerge.data;

import ffmerge.Counted;
import ffmerge.Progress;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * The sentences of a split with their classes, and the ways to batch them.
 *
 * @param name the data set, for messages and logs
 */
public record SentenceSet(String name, Split split, List<LabelledSentence> sentences) {
    private static final Comparator<LabelledSentence> BY_LENGTH =
            Comparator.comparingInt((LabelledSentence s) -> s.ids().length).thenComparingInt(LabelledSentence::index);
    /** Sentences that are tokenized before progress is shown again. */
    private static final int AT_A_TIME = 512;

    public SentenceSet {
        sentences = List.copyOf(sentences);
    }

    /**
     * Tokenizes sentences, special tokens included.
     *
     * @param longest how many tokens the model takes; sentences that have more lose the end of their text
     * @param classes of the model
     * @param notice is told, once, how many sentences were cut
     * @throws UserError if a label is none of the model's
     */
    public static SentenceSet of(
            String name,
            Split split,
            List<SentenceFiles.Row> rows,
            Tokenizer tokenizer,
            int longest,
            int classes,
            Consumer<String> notice,
            Progress progress) {
        List<LabelledSentence> sentences = new ArrayList<>();
        int cut = 0;
        try (Progress.Stage stage = progress.start("Tokenizing", rows.size(), "sentences")) {
            for (int from = 0; from < rows.size(); from += AT_A_TIME) {
                List<SentenceFiles.Row> some = rows.subList(from, Math.min(rows.size(), from + AT_A_TIME));
                List<Tokenizer.Templated> texts = tokenizer.templated(
                        some.stream().map(SentenceFiles.Row::sentence).toList());
                for (int i = 0; i < some.size(); i++) {
                    requireClass(some.get(i), classes);
                    Tokenizer.Templated text = texts.get(i);
                    if (text.ids().length == 0) {
                        throw new UserError(some.get(i).place() + " has no token: the sentence is empty");
                    }
                    cut += text.ids().length > longest ? 1 : 0;
                    sentences.add(new LabelledSentence(
                            sentences.size(), text.first(longest), some.get(i).label()));
                }
                stage.advance(sentences.size());
            }
        }
        if (cut > 0) {
            notice.accept(String.format(
                    "%s %s: of %,d sentences %,d are longer than the model's %,d positions and are cut at their end",
                    name, split.label(), sentences.size(), cut, longest));
        }
        return new SentenceSet(name, split, sentences);
    }

    private static void requireClass(SentenceFiles.Row row, int classes) {
        if (row.label() < 0) {
            throw new UserError(row.place() + " has the label " + row.label()
                    + ", which is none: quality is measured on labelled sentences");
        }
        if (row.label() >= classes) {
            throw new UserError(
                    row.place() + " has the label " + row.label() + "; the model knows 0 to " + (classes - 1));
        }
    }

    /** How many tokens there are. */
    public long tokens() {
        return sentences.stream().mapToLong(s -> s.ids().length).sum();
    }

    /**
     * The first sentences, sorted by length, so that little is padded.
     *
     * @param limit at most so many
     * @param tokens of a batch, padding included, at most, unless one sentence has more
     */
    public List<SentenceBatch> byLength(int limit, int tokens) {
        return cut(sentences.stream().limit(limit).sorted(BY_LENGTH).toList(), tokens);
    }

    /** The sentences in their own order. */
    public List<SentenceBatch> inOrder(int tokens) {
        return cut(sentences, tokens);
    }

    private static List<SentenceBatch> cut(List<LabelledSentence> sentences, int tokens) {
        List<SentenceBatch> batches = new ArrayList<>();
        List<LabelledSentence> batch = new ArrayList<>();
        int longest = 0;
        for (LabelledSentence sentence : sentences) {
            longest = Math.max(longest, sentence.ids().length);
            if (!batch.isEmpty() && (batch.size() + 1) * longest > tokens) {
                batches.add(new SentenceBatch(batch));
                batch = new ArrayList<>();
                longest = sentence.ids().length;
            }
            batch.add(sentence);
        }
        if (!batch.isEmpty()) {
            batches.add(new SentenceBatch(batch));
        }
        return batches;
    }

    /**
     * Sentences of like length from random places.
     *
     * @param index of the batch, counted over the whole training
     */
    public SentenceBatch randomBatch(int rows, long seed, long index) {
        if (sentences.size() < rows) {
            throw new UserError(name + " " + split.label() + " holds " + Counted.of(sentences.size(), "sentences")
                    + ", fewer than a batch of " + rows);
        }
        return new SentenceBatch(RandomBatches.draw(sentences, BY_LENGTH, rows, seed, index));
    }
}
