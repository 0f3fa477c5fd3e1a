package ffmerge.data;

import java.util.stream.IntStream;

/**
 * A text that a model should go on with, and how.
 *
 * @param index its place in its data set, from 0
 * @param source what the prompt is about: a dialogue
 * @param reference what should follow, as a person wrote it: its summary
 * @param prompt tokens, at least one
 * @param target the reference's tokens, the end token last unless they were cut
 */
public record Completion(int index, String source, String reference, int[] prompt, int[] target) {
    public int length() {
        return prompt.length + target.length;
    }

    /** Prompt and target. */
    int[] ids() {
        return IntStream.concat(IntStream.of(prompt), IntStream.of(target)).toArray();
    }
}
