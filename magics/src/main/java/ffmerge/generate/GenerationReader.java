package ffmerge.generate;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import ffmerge.architecture.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads how a model's texts are generated: its {@code generation_config.json}, or where there is none its
 * {@code config.json}. Every setting that changes a text is applied as transformers 5 does, or refused by name.
 */
public final class GenerationReader {
    /** Tokens of a text of which a model's files name no length, the one that it starts with among them. */
    public static final int USUAL_LENGTH = 21;
    /** A continuation's share of the context: 256 tokens of 2048. */
    private static final int CONTEXT_SHARE = 8;
    /** Beyond this a file is damaged. */
    private static final int MOST_BEAMS = 1000;

    private static final double LARGEST_PENALTY = 1000;

    /** Settings that change texts in ways that aren't known here, with the values that don't. */
    private static final Map<String, Set<String>> REFUSED = Map.ofEntries(
            Map.entry("force_words_ids", Set.of()),
            Map.entry("constraints", Set.of()),
            Map.entry("num_beam_groups", Set.of("1")),
            Map.entry("diversity_penalty", Set.of("0", "0.0")),
            Map.entry("guidance_scale", Set.of("1", "1.0")),
            Map.entry("penalty_alpha", Set.of("0", "0.0")),
            Map.entry("dola_layers", Set.of()),
            Map.entry("stop_strings", Set.of()),
            Map.entry("max_time", Set.of()),
            Map.entry("watermarking_config", Set.of()),
            Map.entry("token_healing", Set.of("false")),
            Map.entry("forced_decoder_ids", Set.of()));

    /** Settings that are read here. */
    private static final Set<String> READ = Set.of(
            "max_length",
            "max_new_tokens",
            "min_length",
            "min_new_tokens",
            "early_stopping",
            "num_beams",
            "length_penalty",
            "repetition_penalty",
            "encoder_repetition_penalty",
            "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size",
            "bad_words_ids",
            "renormalize_logits",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "remove_invalid_values",
            "exponential_decay_length_penalty",
            "suppress_tokens",
            "begin_suppress_tokens",
            "sequence_bias",
            "do_sample",
            "bos_token_id",
            "eos_token_id",
            "decoder_start_token_id");

    /** Settings that change no text that isn't drawn at random: how it is drawn, computed, returned. */
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "temperature",
            "top_k",
            "top_p",
            "min_p",
            "top_h",
            "typical_p",
            "epsilon_cutoff",
            "eta_cutoff",
            "use_cache",
            "cache_implementation",
            "cache_config",
            "max_cache_len",
            "return_legacy_cache",
            "prefill_chunk_size",
            "num_return_sequences",
            "output_attentions",
            "output_hidden_states",
            "output_scores",
            "output_logits",
            "return_dict_in_generate",
            "pad_token_id",
            "is_assistant",
            "num_assistant_tokens",
            "num_assistant_tokens_schedule",
            "assistant_confidence_threshold",
            "assistant_early_exit",
            "assistant_lookbehind",
            "target_lookbehind",
            "assistant_ensemble_weight",
            "speculation_type",
            "prompt_lookup_num_tokens",
            "max_matching_ngram_size",
            "use_mtp",
            "low_memory",
            "compile_config",
            "disable_compile",
            "continuous_batching_config",
            "generation_kwargs",
            "trust_remote_code",
            "transformers_version",
            "_from_model_config",
            "_commit_hash",
            "_original_object_hash");

    private final ModelConfig says;
    private final ModelConfig config;
    private final int vocabulary;
    private final List<String> notices = new ArrayList<>();

    private GenerationReader(Path folder, ModelConfig config, int vocabulary) {
        Path own = folder == null ? null : folder.resolve("generation_config.json");
        boolean isThere = own != null && Files.exists(own);
        this.says = isThere ? ModelConfig.read(own) : config;
        this.config = config;
        this.vocabulary = vocabulary;
        requireSupported();
        if (isThere) {
            nameUnknown();
        }
    }

    /**
     * For a model that translates.
     *
     * @param folder null where there is none
     * @param positions the longest sentence that the model can generate
     * @param usual tokens of a text, the one that it starts with among them, where the files name no length
     * @throws UserError if a setting can't be meant or isn't supported
     */
    public static GenerationSettings ofTranslator(
            Path folder, ModelConfig config, int positions, int usual, int vocabulary) {
        GenerationReader reader = new GenerationReader(folder, config, vocabulary);
        ModelConfig says = reader.says;
        int length = says.has("max_new_tokens")
                ? 1 + says.size("max_new_tokens")
                : says.has("max_length") ? says.size("max_length") : usual;
        if (length < 2) {
            throw new UserError(says.source() + ": 'max_length' should be at least 2, is " + length);
        }
        int start = reader.token("decoder_start_token_id")
                .or(() -> reader.token("bos_token_id"))
                .orElseThrow(() -> missing(config, "decoder_start_token_id", "begins"));
        return reader.settings(Math.min(length, positions), 0, start);
    }

    /**
     * For a decoder that goes on with a prompt: up to an eighth of the context where its files say nothing.
     *
     * @throws UserError if a setting can't be meant or isn't supported, or neither file names the token that ends a text
     */
    public static GenerationSettings ofDecoder(Path folder, ModelConfig config, int context, int vocabulary) {
        GenerationReader reader = new GenerationReader(folder, config, vocabulary);
        ModelConfig says = reader.says;
        int usual = Math.max(1, context / CONTEXT_SHARE);
        int fresh = says.has("max_new_tokens") ? says.size("max_new_tokens") : usual;
        boolean total = !says.has("max_new_tokens") && says.has("max_length");
        return reader.settings(
                1 + Math.min(fresh, context - 1),
                total ? Math.min(says.size("max_length"), context) : 0,
                0); // the prompt's tokens stand there
    }

    /**
     * The tokens that end a text; none where neither file names one.
     *
     * @throws UserError if they are no tokens
     */
    public static List<Integer> ends(Path folder, int vocabulary) {
        Path own = folder.resolve("generation_config.json");
        List<Integer> said = Files.exists(own) ? ModelConfig.read(own).tokens("eos_token_id", vocabulary) : List.of();
        return said.isEmpty()
                ? ModelConfig.read(folder.resolve("config.json")).tokens("eos_token_id", vocabulary)
                : said;
    }

    private GenerationSettings settings(int maxLength, int totalLength, int start) {
        List<Integer> ends = tokens("eos_token_id");
        if (ends.isEmpty()) {
            throw missing(config, "eos_token_id", "ends");
        }
        if (says.tokens("eos_token_id", vocabulary).isEmpty()) {
            notices.add(
                    says.source() + " names no 'eos_token_id', by which transformers ends no text; here texts end by "
                            + config.source() + "'s, " + ends.get(0));
        }
        if (says.flag("do_sample", false)) {
            notices.add(says.source()
                    + ": 'do_sample' asks for texts that are drawn at random; here the likeliest are taken");
        }
        return new GenerationSettings(
                says.has("num_beams") ? says.size("num_beams", MOST_BEAMS) : 1,
                maxLength,
                totalLength,
                says.number("length_penalty", 1, -LARGEST_PENALTY, LARGEST_PENALTY),
                earlyStopping(),
                start,
                ends,
                new ScoreRules(rules(ends)),
                List.copyOf(notices));
    }

    /** In the order in which transformers applies them. */
    private List<ScoreProcessor> rules(List<Integer> ends) {
        List<ScoreProcessor> rules = new ArrayList<>();
        biases().ifPresent(rules::add);
        penalty("encoder_repetition_penalty").ifPresent(p -> rules.add(new Repetition((float) (1 / p), true)));
        penalty("repetition_penalty").ifPresent(p -> rules.add(new Repetition(p.floatValue(), false)));
        count("no_repeat_ngram_size").ifPresent(size -> rules.add(new NoRepeatedNGrams(size, false)));
        count("encoder_no_repeat_ngram_size").ifPresent(size -> rules.add(new NoRepeatedNGrams(size, true)));
        badWords(ends).ifPresent(rules::add);
        Optional<Integer> leastNew = count("min_new_tokens");
        if (leastNew.isPresent()) {
            rules.add(new LeastLength(leastNew.get(), true, ends));
        } else {
            count("min_length").ifPresent(least -> rules.add(new LeastLength(least, false, ends)));
        }
        List<Integer> begin = says.tokens("forced_bos_token_id", vocabulary);
        if (!begin.isEmpty()) {
            rules.add(new Forced(begin, false));
        }
        List<Integer> end = says.tokens("forced_eos_token_id", vocabulary);
        if (!end.isEmpty()) {
            rules.add(new Forced(end, true));
        }
        if (says.flag("remove_invalid_values", false)) {
            rules.add(new NoInvalidValues());
        }
        growingEnd(ends).ifPresent(rules::add);
        List<Integer> suppressed = says.tokens("suppress_tokens", vocabulary);
        if (!suppressed.isEmpty()) {
            rules.add(Suppressed.always(suppressed));
        }
        List<Integer> suppressedFirst = says.tokens("begin_suppress_tokens", vocabulary);
        if (!suppressedFirst.isEmpty()) {
            rules.add(new Suppressed(suppressedFirst, true, !begin.isEmpty()));
        }
        if (says.flag("renormalize_logits", false)) {
            rules.add(new Renormalized());
        }
        return rules;
    }

    private Optional<Double> penalty(String key) {
        double penalty = says.number(key, 1, 0, LARGEST_PENALTY);
        if (!(penalty > 0)) {
            throw new UserError(says.source() + ": '" + key + "' should be above 0, is " + penalty);
        }
        return penalty == 1 ? Optional.empty() : Optional.of(penalty);
    }

    /** A whole number, if it is there and not 0. */
    private Optional<Integer> count(String key) {
        JsonNode value = says.json().path(key);
        if (!says.has(key) || value.isIntegralNumber() && value.asLong() == 0) {
            return Optional.empty();
        }
        return Optional.of(says.size(key));
    }

    private GenerationSettings.EarlyStopping earlyStopping() {
        return switch (says.text("early_stopping", "false")) {
            case "true" -> GenerationSettings.EarlyStopping.YES;
            case "never" -> GenerationSettings.EarlyStopping.NEVER;
            case "false" -> GenerationSettings.EarlyStopping.HEURISTIC;
            default ->
                throw new UserError(says.source() + ": 'early_stopping' should be true, false or \"never\", is "
                        + says.json().get("early_stopping"));
        };
    }

    private Optional<ScoreProcessor> badWords(List<Integer> ends) {
        if (!says.has("bad_words_ids")) {
            return Optional.empty();
        }
        List<Integer> alone = new ArrayList<>();
        List<SequenceBias.Sequence> sequences = new ArrayList<>();
        for (JsonNode words : list("bad_words_ids", says.json().get("bad_words_ids"))) {
            int[] tokens = sequence("bad_words_ids", words);
            if (tokens.length == 1 && ends.contains(tokens[0])) {
                continue; // transformers lets a text end in any case
            }
            if (tokens.length == 1) {
                alone.add(tokens[0]);
            }
            sequences.add(new SequenceBias.Sequence(tokens, ScoreProcessor.NEVER));
        }
        if (sequences.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(alone.size() == sequences.size() ? Suppressed.always(alone) : new SequenceBias(sequences));
    }

    private Optional<SequenceBias> biases() {
        String key = "sequence_bias";
        if (!says.has(key)) {
            return Optional.empty();
        }
        List<SequenceBias.Sequence> sequences = new ArrayList<>();
        for (JsonNode pair : list(key, says.json().get(key))) {
            if (pair.size() != 2 || !pair.get(1).isNumber()) {
                throw unfit(key, "lists of tokens, each with a number, [[[5, 6], -2.0]]");
            }
            int[] tokens = sequence(key, pair.get(0));
            sequences.removeIf(s -> java.util.Arrays.equals(s.tokens(), tokens)); // the last one counts
            sequences.add(new SequenceBias.Sequence(tokens, pair.get(1).floatValue()));
        }
        return sequences.isEmpty() ? Optional.empty() : Optional.of(new SequenceBias(sequences));
    }

    private Optional<GrowingEnd> growingEnd(List<Integer> ends) {
        String key = "exponential_decay_length_penalty";
        if (!says.has(key)) {
            return Optional.empty();
        }
        JsonNode pair = says.json().get(key);
        if (pair.size() != 2 || !pair.get(0).canConvertToInt() || !pair.get(1).isNumber()) {
            throw unfit(key, "a whole number and a factor, [10, 1.2]");
        }
        return Optional.of(new GrowingEnd(pair.get(0).asInt(), pair.get(1).asDouble(), ends));
    }

    private JsonNode list(String key, JsonNode value) {
        if (!value.isArray()) {
            throw unfit(key, "lists");
        }
        return value;
    }

    private int[] sequence(String key, JsonNode tokens) {
        if (!tokens.isArray() || tokens.isEmpty()) {
            throw unfit(key, "lists of tokens");
        }
        int[] ids = new int[tokens.size()];
        for (int i = 0; i < ids.length; i++) {
            if (!tokens.get(i).isIntegralNumber() || !tokens.get(i).canConvertToInt()) {
                throw unfit(key, "lists of tokens");
            }
            ids[i] = tokens.get(i).asInt();
            says.requireToken(key, ids[i], vocabulary);
        }
        return ids;
    }

    private UserError unfit(String key, String what) {
        return new UserError(says.source() + ": '" + key + "' should hold " + what + ", is "
                + says.json().get(key));
    }

    private List<Integer> tokens(String key) {
        List<Integer> own = says.tokens(key, vocabulary);
        return own.isEmpty() ? config.tokens(key, vocabulary) : own;
    }

    private Optional<Integer> token(String key) {
        List<Integer> tokens = tokens(key);
        if (tokens.size() > 1) {
            throw new UserError(says.source() + ": '" + key + "' should be one token, is " + tokens);
        }
        return tokens.stream().findFirst();
    }

    private static UserError missing(ModelConfig config, String key, String does) {
        return new UserError(config.source() + ": '" + key + "' is missing, the token that " + does + " a text");
    }

    private void requireSupported() {
        REFUSED.forEach((key, harmless) -> {
            JsonNode value = says.json().path(key);
            boolean isSet = says.has(key) && !(value.isContainerNode() && value.isEmpty());
            if (isSet && !harmless.contains(value.asText())) {
                throw new UserError(says.source() + ": '" + key + "' is " + value
                        + ", by which texts are not generated here; take it out to generate without");
            }
        });
    }

    private void nameUnknown() {
        Set<String> unknown = new TreeSet<>();
        says.json().properties().forEach(entry -> {
            String key = entry.getKey();
            if (!entry.getValue().isNull()
                    && !READ.contains(key)
                    && !WITHOUT_EFFECT.contains(key)
                    && !REFUSED.containsKey(key)) {
                unknown.add("'" + key + "'");
            }
        });
        if (!unknown.isEmpty()) {
            notices.add(says.source() + ": " + String.join(", ", unknown) + (unknown.size() == 1 ? " isn't" : " aren't")
                    + " known here and left out");
        }
    }
}
