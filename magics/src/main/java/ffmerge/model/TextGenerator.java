package ffmerge.model;

import ai.djl.ndarray.NDManager;
import ffmerge.generate.GenerationSettings;
import java.util.List;

/** A model of one stack that goes on with a text. */
public interface TextGenerator {
    /** The longest row of tokens, prompt and continuation together. */
    int context();

    int vocabulary();

    /**
     * How the model's own files say that texts are generated.
     *
     * @throws ffmerge.UserError if they name no token that ends a text
     */
    GenerationSettings generation();

    /**
     * Goes on with prompts, as transformers' {@code generate} does.
     *
     * @param prompts tokens, at least one each; of any lengths
     * @param settings their {@code maxLength} counts one more than are generated at most, for where a sentence starts
     * @param scope of what is needed on the way
     * @return the tokens that follow each prompt, the end token included where it was reached
     * @throws ffmerge.UserError if a prompt and what is generated could exceed the context
     */
    List<int[]> generate(List<int[]> prompts, GenerationSettings settings, NDManager scope);
}
