package ffmerge.serve;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Counted;
import ffmerge.Progress;
import ffmerge.data.TokenTexts;
import ffmerge.data.Tokenizer;
import ffmerge.evaluate.NextTokens;
import ffmerge.generate.GenerationSettings;
import ffmerge.generate.ScoreRules;
import ffmerge.model.LanguageModel;
import ffmerge.model.TextGenerator;
import ffmerge.model.TransformerModel;
import ffmerge.serve.CompletionRequest.Prompt;
import ffmerge.serve.CompletionRequest.Refused;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Answers requests for completions with one model, as OpenAI's {@code /v1/completions} words the answers: the likeliest
 * tokens, and what the model thinks of those of the prompt.
 */
final class Completions {
    /** Tokens of prompts that are gone on with together, whose keys and values are all kept at once. */
    private static final int TOKENS_PER_BATCH = 4096;

    /** JSON has no word for what is impossible; OpenAI's number. */
    private static final double IMPOSSIBLE = -9999;

    private final TransformerModel model;
    private final LanguageModel language;
    private final Tokenizer tokenizer;
    private final TokenTexts texts;
    private final List<Integer> ends;

    /**
     * @param model predicts text
     * @param ends the tokens that end a text
     */
    Completions(TransformerModel model, Tokenizer tokenizer, List<Integer> ends) {
        this.model = model;
        this.language = (LanguageModel) model;
        this.tokenizer = tokenizer;
        this.texts = new TokenTexts(tokenizer);
        this.ends = List.copyOf(ends);
    }

    /** A prompt and what follows it. */
    private record Completed(int[] prompt, int[] following, NextTokens expected) {
        int[] all() {
            int[] all = Arrays.copyOf(prompt, prompt.length + following.length);
            System.arraycopy(following, 0, all, prompt.length, following.length);
            return all;
        }
    }

    /**
     * The answer's {@code choices} and {@code usage}.
     *
     * @throws Refused if a prompt can't be meant, or the model has no room for it
     */
    ObjectNode answer(CompletionRequest request) {
        List<int[]> prompts = request.prompts().stream()
                .map(prompt -> tokens(prompt, request))
                .toList();
        List<Completed> completed = completed(prompts, request);
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode choices = answer.putArray("choices");
        int following = 0;
        for (int i = 0; i < completed.size(); i++) {
            following += completed.get(i).following().length;
            choices.add(choice(i, request.prompts().get(i), completed.get(i), request));
        }
        int before = prompts.stream().mapToInt(p -> p.length).sum();
        answer.putObject("usage")
                .put("prompt_tokens", before)
                .put("completion_tokens", following)
                .put("total_tokens", before + following);
        return answer;
    }

    private int[] tokens(Prompt prompt, CompletionRequest request) {
        int[] tokens = prompt.text() == null ? prompt.tokens() : encoded(prompt.text(), request.special());
        for (int token : tokens) {
            if (token < 0 || token >= language.vocabulary()) {
                throw new Refused(
                        "prompt",
                        "'prompt' holds the token " + token + "; the model's are 0 to " + (language.vocabulary() - 1));
            }
        }
        // the last token that follows needn't go through the model
        long room = language.context() - Math.max(0L, request.maxTokens() - 1L);
        if (tokens.length == 0 || tokens.length > room) {
            throw new Refused(
                    "prompt",
                    tokens.length == 0
                            ? "'prompt' is a text without tokens"
                            : "the model's context is " + language.context() + " tokens; the prompt has "
                                    + Counted.of(tokens.length, "tokens") + ", and max_tokens is "
                                    + request.maxTokens());
        }
        return tokens;
    }

    private int[] encoded(String text, boolean special) {
        int[] own = tokenizer.encode(text, Progress.NONE);
        return special
                ? IntStream.concat(IntStream.of(tokenizer.beginning()), IntStream.of(own))
                        .toArray()
                : own;
    }

    private List<Completed> completed(List<int[]> prompts, CompletionRequest request) {
        boolean tells = request.logprobs().isPresent();
        int most = Math.min(Math.max(1, request.logprobs().orElse(1)), language.vocabulary());
        if (request.maxTokens() <= 1) { // one pass tells what follows too
            boolean needed = tells || request.maxTokens() == 1;
            List<NextTokens> expected = needed ? NextTokens.of(model, prompts, most) : List.of();
            return IntStream.range(0, prompts.size())
                    .mapToObj(i -> new Completed(
                            prompts.get(i),
                            request.maxTokens() == 1
                                    ? new int[] {expected.get(i).next()}
                                    : new int[0],
                            needed ? expected.get(i) : null))
                    .toList();
        }
        List<int[]> following = generated(prompts, request);
        List<Completed> completed = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            Completed without = new Completed(prompts.get(i), following.get(i), null);
            completed.add(
                    tells
                            ? new Completed(
                                    without.prompt(),
                                    without.following(),
                                    NextTokens.of(model, List.of(without.all()), most)
                                            .get(0))
                            : without);
        }
        return completed;
    }

    /** The likeliest tokens, until one ends the text, a text to stop at is there, or there are as many as may be. */
    private List<int[]> generated(List<int[]> prompts, CompletionRequest request) {
        if (!(model instanceof TextGenerator generator)) {
            throw new Refused(
                    "max_tokens",
                    "'max_tokens' is " + request.maxTokens() + "; "
                            + model.architecture().title() + " isn't gone on with here, max_tokens is 0 or 1");
        }
        GenerationSettings greedy = new GenerationSettings(
                1,
                request.maxTokens() + 1,
                0,
                1,
                GenerationSettings.EarlyStopping.YES,
                0,
                ends,
                ScoreRules.NONE,
                List.of());
        List<int[]> following = new ArrayList<>();
        for (int from = 0; from < prompts.size(); ) {
            int to = from + 1;
            int longest = prompts.get(from).length;
            while (to < prompts.size()
                    && Math.max(longest, prompts.get(to).length) * (to + 1 - from) <= TOKENS_PER_BATCH) {
                longest = Math.max(longest, prompts.get(to).length);
                to++;
            }
            try (NDManager scope = model.newScope()) {
                generator.generate(prompts.subList(from, to), greedy, scope).stream()
                        .map(tokens -> untilStop(tokens, request.stop()))
                        .forEach(following::add);
            }
            from = to;
        }
        return following;
    }

    /** The tokens up to the one with which the text holds what it is to stop at. */
    private int[] untilStop(int[] tokens, List<String> stop) {
        if (stopAt(tokenizer.plainText(tokens), stop) < 0) {
            return tokens;
        }
        int count = 1;
        while (stopAt(tokenizer.plainText(Arrays.copyOf(tokens, count)), stop) < 0) {
            count++;
        }
        return Arrays.copyOf(tokens, count);
    }

    /** Where the first of the texts to stop at stands; -1 where none does. */
    private static int stopAt(String text, List<String> stop) {
        return stop.stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(-1);
    }

    private ObjectNode choice(int index, Prompt prompt, Completed completed, CompletionRequest request) {
        String before = prompt.text() == null ? tokenizer.decode(completed.prompt()) : prompt.text();
        String following = following(completed);
        int stop = stopAt(following, request.stop());
        String cut = stop < 0 ? following : following.substring(0, stop);
        ObjectNode choice = JsonNodeFactory.instance.objectNode();
        choice.put("index", index);
        choice.put("text", request.echo() ? before + cut : cut);
        choice.put("finish_reason", stop >= 0 || hasEnd(completed.following()) ? "stop" : "length");
        if (request.logprobs().isPresent()) {
            choice.set("logprobs", logprobs(completed, before + following, before, request));
        } else {
            choice.putNull("logprobs");
        }
        return choice;
    }

    /** The text that follows, with the space that its first token may begin with. */
    private String following(Completed completed) {
        int[] tokens = completed.following();
        if (tokens.length == 0) {
            return "";
        }
        int[] plain = hasEnd(tokens) ? Arrays.copyOf(tokens, tokens.length - 1) : tokens;
        return texts.behind(plain);
    }

    private boolean hasEnd(int[] tokens) {
        return tokens.length > 0 && ends.contains(tokens[tokens.length - 1]);
    }

    private ObjectNode logprobs(Completed completed, String text, String before, CompletionRequest request) {
        int[] all = completed.all();
        int from = request.echo() ? 0 : completed.prompt().length;
        List<String> words = texts.of(all);
        List<Integer> offsets = TokenTexts.offsets(text, words);
        int start = request.echo() ? 0 : before.codePointCount(0, before.length());
        ObjectNode logprobs = JsonNodeFactory.instance.objectNode();
        ArrayNode tokens = logprobs.putArray("tokens");
        ArrayNode own = logprobs.putArray("token_logprobs");
        ArrayNode top = logprobs.putArray("top_logprobs");
        ArrayNode places = logprobs.putArray("text_offset");
        for (int i = from; i < all.length; i++) {
            tokens.add(words.get(i));
            places.add(Math.max(0, offsets.get(i) - start));
            if (i == 0) { // nothing stands before it
                own.addNull();
                top.addNull();
                continue;
            }
            double ownValue = logProbability(completed.expected(), i, all[i]);
            own.add(ownValue);
            top.addPOJO(likeliest(completed.expected(), i, request.logprobs(), words.get(i), ownValue));
        }
        return logprobs;
    }

    private double logProbability(NextTokens expected, int place, int token) {
        if (place - 1 < expected.logProbabilities().length) {
            return told(expected.logProbabilities()[place - 1]);
        }
        // what one pass told to follow the whole row is the likeliest
        if (token != expected.next()) {
            throw new IllegalStateException("token " + token + " isn't the likeliest");
        }
        return told(expected.likeliestLogProbabilities()[place - 1][0]);
    }

    /** The likeliest tokens at a place, and the one that stands there. */
    private Map<String, Double> likeliest(
            NextTokens expected, int place, OptionalInt most, String own, double ownValue) {
        Map<String, Double> likeliest = new LinkedHashMap<>();
        int there = Math.min(most.getAsInt(), expected.likeliest()[place - 1].length);
        for (int i = 0; i < there; i++) {
            String text = texts.of(Math.toIntExact(expected.likeliest()[place - 1][i]));
            likeliest.merge(text, told(expected.likeliestLogProbabilities()[place - 1][i]), Math::max);
        }
        likeliest.merge(own, ownValue, Math::max);
        return likeliest;
    }

    private static double told(float logProbability) {
        if (Float.isNaN(logProbability)) {
            throw new Refused("model", "the model's scores are NaN; its weights are damaged or too large");
        }
        return logProbability == Float.NEGATIVE_INFINITY ? IMPOSSIBLE : logProbability;
    }
}
