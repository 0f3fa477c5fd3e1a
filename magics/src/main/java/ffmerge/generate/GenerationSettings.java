package ffmerge.generate;

import ffmerge.UserError;
import ffmerge.architecture.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How sentences are generated; the words and meanings are those of transformers' {@code generation_config.json}.
 *
 * @param beams how many sentences are pursued at a time; 1 takes the likeliest token each time
 * @param maxLength of a sentence in tokens, the start token and the end token included
 * @param lengthPenalty a finished sentence's summed log-probability is divided by its length to this power
 * @param earlyStopping when a sentence's search ends
 * @param start the token that every sentence starts with
 * @param end the token that ends a sentence
 * @param forcedEnd the token that stands at {@code maxLength}, or -1
 * @param banned tokens that are never generated
 */
public record GenerationSettings(
        int beams,
        int maxLength,
        double lengthPenalty,
        EarlyStopping earlyStopping,
        int start,
        int end,
        int forcedEnd,
        List<Integer> banned) {
    /** When the search for a sentence ends, once there are as many finished ones as beams. */
    public enum EarlyStopping {
        /** At once. */
        YES,
        /** When the best unfinished one, as long as it is, scores no better than the worst finished one. */
        HEURISTIC,
        /** When no unfinished one could, at any length, score better than the worst finished one. */
        NEVER
    }

    /** Where a model's files name no length. The demo translator's published scores were made with it. */
    private static final int DEFAULT_LENGTH = 64;

    private static final int DEFAULT_BEAMS = 4;
    /** Beyond these a file is damaged, and a search would exhaust the memory. */
    private static final int MOST_BEAMS = 1000;

    private static final double LARGEST_PENALTY = 1000;

    /** A continuation's share of the context: 256 tokens of 2048. */
    private static final int CONTEXT_SHARE = 8;

    /**
     * What a model's folder says: its {@code generation_config.json}, or where there is none its {@code config.json}.
     *
     * @param folder null where there is none
     * @param positions the longest sentence that the model can generate
     */
    public static GenerationSettings of(Path folder, ModelConfig config, int positions) {
        Path own = folder == null ? null : folder.resolve("generation_config.json");
        ModelConfig says = own != null && Files.exists(own) ? ModelConfig.read(own) : config;
        int length = says.has("max_length") ? says.size("max_length") : DEFAULT_LENGTH;
        int vocabulary = config.size("vocab_size");
        int end = id(says, config, "eos_token_id");
        List<Integer> forced = says.tokens("forced_eos_token_id", vocabulary);
        return new GenerationSettings(
                DEFAULT_BEAMS,
                Math.min(length, positions),
                says.number("length_penalty", 1, -LARGEST_PENALTY, LARGEST_PENALTY),
                earlyStopping(says),
                id(says, config, "decoder_start_token_id"),
                end,
                forced.isEmpty() ? -1 : forced.get(0),
                says.loneTokens("bad_words_ids", config.size("vocab_size")));
    }

    /**
     * As {@link #of}, for a decoder that goes on with a prompt: greedily and up to an eighth of the context where its files
     * say nothing.
     *
     * @throws UserError if neither file names the token that ends a text
     */
    public static GenerationSettings ofDecoder(Path folder, ModelConfig config, int context) {
        Path own = folder == null ? null : folder.resolve("generation_config.json");
        ModelConfig says = own != null && Files.exists(own) ? ModelConfig.read(own) : config;
        if (!says.has("eos_token_id") && !config.has("eos_token_id")) {
            throw new UserError(config.source() + ": 'eos_token_id' is missing, the token that ends a text");
        }
        int fresh = says.has("max_new_tokens") ? says.size("max_new_tokens") : Math.max(1, context / CONTEXT_SHARE);
        return new GenerationSettings(
                says.has("num_beams") ? says.size("num_beams", MOST_BEAMS) : 1,
                1 + Math.min(fresh, context - 1),
                says.number("length_penalty", 1, -LARGEST_PENALTY, LARGEST_PENALTY),
                earlyStopping(says),
                0, // the prompt's tokens stand there
                id(says, config, "eos_token_id"),
                -1,
                says.loneTokens("bad_words_ids", config.size("vocab_size")));
    }

    private static EarlyStopping earlyStopping(ModelConfig says) {
        String word = says.text("early_stopping", "false");
        return switch (word) {
            case "true" -> EarlyStopping.YES;
            case "never" -> EarlyStopping.NEVER;
            case "false" -> EarlyStopping.HEURISTIC;
            default ->
                throw new UserError(
                        says.source() + ": 'early_stopping' should be true, false or \"never\", is \"" + word + '"');
        };
    }

    private static int id(ModelConfig first, ModelConfig second, String key) {
        int vocabulary = second.size("vocab_size");
        List<Integer> ids = first.tokens(key, vocabulary);
        if (ids.isEmpty()) {
            ids = second.tokens(key, vocabulary);
        }
        return ids.isEmpty() ? 0 : ids.get(0);
    }

    public GenerationSettings withBeams(int other) {
        return new GenerationSettings(other, maxLength, lengthPenalty, earlyStopping, start, end, forcedEnd, banned);
    }

    public GenerationSettings withMaxLength(int other) {
        return new GenerationSettings(beams, other, lengthPenalty, earlyStopping, start, end, forcedEnd, banned);
    }
}
