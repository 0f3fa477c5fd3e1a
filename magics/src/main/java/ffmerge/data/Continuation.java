package ffmerge.data;

import ffmerge.UserError;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A text that may follow another one, in tokens: how likely a model finds it is asked.
 *
 * @param item the place of its item in the task, from 0
 * @param context tokens before it, at least one
 * @param continuation its own tokens, at least one
 * @param isCut whether the context lost its beginning, so that the model has room
 */
public record Continuation(int item, int[] context, int[] continuation, boolean isCut) {
    /**
     * The tokens of two texts that follow each other, cut as lm-evaluation-harness does: both are tokenized together, and what
     * the context alone has is its own; spaces that end the context belong to what follows. Where the model has no room for all,
     * the context loses its beginning.
     *
     * @param positions of the model: the last token is predicted and need not go in
     * @param place of the text, for messages
     * @throws UserError if there is no token to predict, none before it, or no room for what follows
     */
    static Continuation of(
            int item, String context, String continuation, Tokenizer tokenizer, int positions, String place) {
        String bare = PythonText.stripEnd(context);
        if (bare.isEmpty()) {
            throw new UserError(place + ": the prompt is empty; something must stand before what is predicted");
        }
        int[] before = tokenizer.piece(bare);
        int[] whole = tokenizer.piece(context + continuation);
        if (whole.length <= before.length) {
            throw new UserError(place + ": the choice '" + continuation.strip() + "' is empty: no token is left of it");
        }
        int[] after = Arrays.copyOfRange(whole, before.length, whole.length);
        if (after.length > positions) {
            throw new UserError(
                    place + ": the choice has " + after.length + " tokens, the model's context " + positions);
        }
        int room = positions + 1 - after.length; // at least one
        boolean isCut = before.length > room;
        int[] kept = isCut ? Arrays.copyOfRange(before, before.length - room, before.length) : before;
        return new Continuation(item, kept, after, isCut);
    }

    /** Tokens that go in: all but the last, which is predicted only. */
    public int inputs() {
        return context.length + continuation.length - 1;
    }

    /** The tokens that go in. */
    int[] input() {
        return Arrays.copyOf(ids(), inputs());
    }

    /** Context and continuation. */
    int[] ids() {
        return IntStream.concat(IntStream.of(context), IntStream.of(continuation))
                .toArray();
    }
}
