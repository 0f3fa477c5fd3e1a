package ffmerge.data;

import ffmerge.Counted;
import ffmerge.Progress;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * The dialogues of a split as prompts and summaries in tokens, and the ways to batch them.
 *
 * @param name the data set, for messages and logs
 */
public record DialogueSet(String name, Split split, List<Completion> completions) {
    private static final Comparator<Completion> BY_LENGTH =
            Comparator.comparingInt(Completion::length).thenComparingInt(Completion::index);

    public DialogueSet {
        completions = List.copyOf(completions);
    }

    /**
     * How dialogues become tokens.
     *
     * @param end the token that ends a summary
     * @param context the longest row that the model takes
     * @param longest tokens that a summary may have, the end token included
     */
    public record Cut(PromptTemplate template, int end, int context, int longest) {
        public Cut {
            if (longest < 1 || longest >= context) {
                throw new UserError(
                        "summaries of up to " + longest + " tokens leave no room for dialogues in a context of "
                                + context + "; --max-length " + Math.max(1, context / 4) + " does");
            }
        }
    }

    /**
     * Tokenizes dialogues. Where a prompt and the longest summary would exceed the context, the end of the dialogue is left
     * out; a summary that is longer than the longest is cut and has no end token.
     *
     * @param notice is told, once, how many were cut
     */
    public static DialogueSet of(
            String name,
            Split split,
            List<Dialogue> dialogues,
            Tokenizer tokenizer,
            Cut cut,
            Consumer<String> notice,
            Progress progress) {
        int room = cut.context() - cut.longest();
        List<Completion> completions = new ArrayList<>();
        int cutDialogues = 0;
        int cutSummaries = 0;
        try (Progress.Stage stage = progress.start("Tokenizing", dialogues.size(), "dialogues")) {
            for (Dialogue dialogue : dialogues) {
                int[] prompt = tokenizer.prompt(cut.template().of(dialogue.dialogue()));
                if (prompt.length > room) {
                    cutDialogues++;
                    prompt = cutPrompt(dialogue.dialogue(), tokenizer, cut.template(), room);
                }
                int[] summary = tokenizer.piece(dialogue.summary());
                cutSummaries += summary.length >= cut.longest() ? 1 : 0;
                completions.add(new Completion(
                        completions.size(),
                        dialogue.dialogue(),
                        dialogue.summary(),
                        prompt,
                        target(summary, cut.end(), cut.longest())));
                stage.advance(completions.size());
            }
        }
        if (cutDialogues + cutSummaries > 0) {
            notice.accept(name + " " + split.label() + ": of " + dialogues.size() + " dialogues " + cutDialogues
                    + " were cut to leave " + cut.longest() + " of the model's " + cut.context()
                    + " tokens to the summary, and " + cutSummaries + " summaries to " + cut.longest());
        }
        return new DialogueSet(name, split, completions);
    }

    /** The prompt with as much of the dialogue's start as there is room for. */
    private static int[] cutPrompt(String dialogue, Tokenizer tokenizer, PromptTemplate template, int room) {
        int fits = 0;
        int exceeds = dialogue.codePointCount(0, dialogue.length());
        while (exceeds - fits > 1) {
            int middle = (fits + exceeds) / 2;
            String start = dialogue.substring(0, dialogue.offsetByCodePoints(0, middle));
            if (tokenizer.prompt(template.of(start)).length <= room) {
                fits = middle;
            } else {
                exceeds = middle;
            }
        }
        int[] prompt = tokenizer.prompt(template.of(dialogue.substring(0, dialogue.offsetByCodePoints(0, fits))));
        if (prompt.length > room) {
            throw new UserError("the prompt alone has " + Counted.of(prompt.length, "tokens")
                    + ", the model's context and summaries leave " + room + ": try a shorter --prompt or --max-length");
        }
        return prompt;
    }

    private static int[] target(int[] summary, int end, int longest) {
        if (summary.length >= longest) {
            return Arrays.copyOf(summary, longest);
        }
        int[] target = Arrays.copyOf(summary, summary.length + 1);
        target[summary.length] = end;
        return target;
    }

    /** How many tokens there are, prompts and summaries. */
    public long tokens() {
        return completions.stream().mapToLong(Completion::length).sum();
    }

    /**
     * The first dialogues, sorted by length so that little is padded.
     *
     * @param limit at most so many dialogues
     * @param tokens of a batch, padding included, at most, unless one dialogue has more
     */
    public List<CompletionBatch> byLength(int limit, int tokens) {
        List<Completion> sorted =
                completions.stream().limit(limit).sorted(BY_LENGTH).toList();
        List<CompletionBatch> batches = new ArrayList<>();
        for (int from = 0; from < sorted.size(); ) {
            int to = from + 1;
            while (to < sorted.size() && sorted.get(to).length() * (to + 1 - from) <= tokens) {
                to++;
            }
            batches.add(new CompletionBatch(sorted.subList(from, to)));
            from = to;
        }
        return batches;
    }

    /** The first dialogues, as many as hold so many tokens, a row each: without padding. */
    public List<TokenBatch> rows(int tokens) {
        return TokenBatch.rows(completions.stream().map(Completion::ids), tokens);
    }

    /**
     * Dialogues of like length from random places.
     *
     * @param index of the batch, counted over the whole training
     */
    public CompletionBatch randomBatch(int rows, long seed, long index) {
        if (completions.size() < rows) {
            throw new UserError(name + " " + split.label() + " holds " + Counted.of(completions.size(), "dialogues")
                    + ", fewer than a batch of " + rows);
        }
        return new CompletionBatch(RandomBatches.draw(completions, BY_LENGTH, rows, seed, index));
    }
}
