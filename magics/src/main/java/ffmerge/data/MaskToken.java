package ffmerge.data;

import ffmerge.UserError;
import ffmerge.tokenize.TokensBeside;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** The token that stands for a masked one. */
public final class MaskToken {
    /** As BERT's tokenizers and RoBERTa's have it. */
    private static final List<String> USUAL = List.of("[MASK]", "<mask>");

    private MaskToken() {}

    /**
     * What the files of a model's folder name as {@code mask_token}, else one of the usual.
     *
     * @param vocabulary how many tokens the model knows
     * @throws UserError if there is none, or the model doesn't know it
     */
    public static int read(Path folder, Tokenizer tokenizer, int vocabulary) {
        String named = TokensBeside.of(folder).named("mask_token", "");
        List<String> candidates = named.isEmpty() ? USUAL : List.of(named);
        int token = candidates.stream()
                .map(tokenizer::token)
                .filter(OptionalInt::isPresent)
                .mapToInt(OptionalInt::getAsInt)
                .findFirst()
                .orElseThrow(() -> new UserError("the tokenizer of " + folder + " has no mask token"
                        + (named.isEmpty() ? "" : " '" + named + "'")
                        + ": tokenizer_config.json names it as mask_token"));
        if (token >= vocabulary) {
            throw new UserError("the mask token " + token + " of " + folder + " is none of the model's " + vocabulary
                    + " tokens: is its tokenizer another model's?");
        }
        return token;
    }
}
