package ffmerge.data;

import ffmerge.Progress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * The items of a task in tokens, and the ways to batch them.
 *
 * @param name the data set, for messages and logs
 */
public record QuestionSet(String name, List<Item> items) {
    private static final Comparator<Item> BY_LENGTH =
            Comparator.comparingInt(Item::longest).thenComparingInt(Item::index);

    public QuestionSet {
        items = List.copyOf(items);
    }

    /**
     * One question.
     *
     * @param index its place in the task, from 0
     * @param choices of which one is right; a lone one is right where the model would say it by itself
     * @param right counted from 0
     * @param characters of each choice, by which its log-likelihood is divided
     */
    public record Item(int index, List<Continuation> choices, int right, List<Integer> characters) {
        public Item {
            choices = List.copyOf(choices);
            characters = List.copyOf(characters);
        }

        int longest() {
            return choices.stream().mapToInt(Continuation::inputs).max().orElseThrow();
        }

        /** The prompt and what is right after it. */
        int[] rightText() {
            return choices.get(right).ids();
        }
    }

    /**
     * A question in words.
     *
     * @param contexts before each of the continuations
     * @param shown the choices as they are counted in characters
     * @param place of the item, for messages
     */
    public record Question(
            List<String> contexts, List<String> continuations, List<String> shown, int right, String place) {
        public Question {
            contexts = List.copyOf(contexts);
            continuations = List.copyOf(continuations);
            shown = List.copyOf(shown);
        }
    }

    /**
     * Tokenizes questions.
     *
     * @param positions of the model
     * @param notice is told, once, how many lose the beginning of their context
     */
    public static QuestionSet of(
            String name,
            List<Question> questions,
            Tokenizer tokenizer,
            int positions,
            Consumer<String> notice,
            Progress progress) {
        List<Item> items = new ArrayList<>();
        int cut = 0;
        try (Progress.Stage stage = progress.start("Tokenizing", questions.size(), "items")) {
            for (Question question : questions) {
                List<Continuation> choices = new ArrayList<>();
                for (int i = 0; i < question.contexts().size(); i++) {
                    choices.add(Continuation.of(
                            items.size(),
                            question.contexts().get(i),
                            question.continuations().get(i),
                            tokenizer,
                            positions,
                            question.place()));
                }
                cut += choices.stream().anyMatch(Continuation::isCut) ? 1 : 0;
                List<Integer> characters = question.shown().stream()
                        .map(s -> s.codePointCount(0, s.length()))
                        .toList();
                items.add(new Item(items.size(), choices, question.right(), characters));
                stage.advance(items.size());
            }
        }
        if (cut > 0) {
            notice.accept(String.format(
                    "%s: of %,d items %,d are longer than the model's context of %,d tokens and lose their beginning",
                    name, items.size(), cut, positions));
        }
        return new QuestionSet(name, items);
    }

    /** How many tokens there are, of prompts and what is right after them. */
    public long tokens() {
        return items.stream().mapToLong(item -> item.rightText().length).sum();
    }

    /**
     * The first items, sorted by length so that little is padded, the choices of an item in one batch.
     *
     * @param limit at most so many items
     * @param tokens of a batch, padding included, at most, unless one item has more
     */
    public List<ContinuationBatch> byLength(int limit, int tokens) {
        List<ContinuationBatch> batches = new ArrayList<>();
        List<Continuation> batch = new ArrayList<>();
        int rows = 0;
        for (Item item : items.stream().limit(limit).sorted(BY_LENGTH).toList()) {
            int own = ContinuationBatch.of(item.choices()).rows();
            if (!batch.isEmpty() && (rows + own) * item.longest() > tokens) {
                batches.add(ContinuationBatch.of(batch));
                batch = new ArrayList<>();
                rows = 0;
            }
            batch.addAll(item.choices());
            rows += own;
        }
        if (!batch.isEmpty()) {
            batches.add(ContinuationBatch.of(batch));
        }
        return batches;
    }

    /** The first items with what is right, as many as hold so many tokens, a row each: without padding. */
    public List<TokenBatch> rows(int tokens) {
        return TokenBatch.rows(items.stream().map(Item::rightText), tokens);
    }
}
