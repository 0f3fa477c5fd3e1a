package ffmerge.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Nearest;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a client asks of {@code /v1/completions}. What would change the answer and isn't done is refused by name.
 *
 * @param model that it means; empty where it doesn't say
 * @param echo whether the prompt is part of the answer
 * @param maxTokens how many tokens follow a prompt at most
 * @param logprobs how many of the likeliest tokens are told at each place; empty for no log-probabilities at all
 * @param stop texts before which an answer ends
 * @param special whether the tokenizer's own special tokens stand before a prompt that is text
 */
record CompletionRequest(
        Optional<String> model,
        List<Prompt> prompts,
        boolean echo,
        int maxTokens,
        OptionalInt logprobs,
        List<String> stop,
        boolean special) {
    /** OpenAI's default. */
    private static final int USUAL_TOKENS = 16;

    private static final int MOST_LOGPROBS = 100;

    /** Where drawing at random is asked for, or several answers: with the values that ask for neither. */
    private static final Map<String, Set<Double>> PLAIN = Map.of(
            "temperature", Set.of(0.),
            "n", Set.of(1.),
            "best_of", Set.of(1.),
            "presence_penalty", Set.of(0.),
            "frequency_penalty", Set.of(0.),
            "repetition_penalty", Set.of(1.));

    /** What changes nothing where the likeliest token is always taken. */
    private static final Set<String> WITHOUT_EFFECT =
            Set.of("seed", "user", "top_p", "top_k", "min_p", "stream_options");

    private static final Set<String> READ = Set.of(
            "model",
            "prompt",
            "echo",
            "max_tokens",
            "logprobs",
            "stop",
            "add_special_tokens",
            "stream",
            "suffix",
            "logit_bias");

    /**
     * A prompt as text or as tokens.
     *
     * @param text null where it is tokens
     * @param tokens null where it is text
     */
    record Prompt(String text, int[] tokens) {}

    /** A request that can't be answered, with the field that is to blame. */
    static final class Refused extends UserError {
        private static final long serialVersionUID = 1;
        private final String field;

        Refused(String field, String message) {
            super(message);
            this.field = field;
        }

        String field() {
            return field;
        }
    }

    /** @throws Refused if it can't be meant, or isn't done here */
    static CompletionRequest of(ObjectNode json) {
        refuseUnknown(json);
        PLAIN.forEach((field, plain) -> {
            JsonNode value = json.path(field);
            if (isGiven(value) && !(value.isNumber() && plain.contains(value.asDouble()))) {
                throw new Refused(
                        field,
                        "'" + field + "' is " + value + "; here the likeliest token is always taken, and " + field
                                + " is " + plain.iterator().next());
            }
        });
        if (json.path("stream").asBoolean(false)) {
            throw new Refused("stream", "'stream' is true; here an answer comes as a whole");
        }
        for (String field : List.of("suffix", "logit_bias")) {
            JsonNode value = json.path(field);
            if (isGiven(value) && !(value.isContainerNode() && value.isEmpty())) {
                throw new Refused(field, "'" + field + "' isn't done here; leave it out");
            }
        }
        return new CompletionRequest(
                model(json.path("model")),
                prompts(json.path("prompt")),
                truth(json, "echo"),
                isGiven(json.path("max_tokens")) ? whole(json, "max_tokens", Integer.MAX_VALUE) : USUAL_TOKENS,
                logprobs(json),
                stop(json.path("stop")),
                truth(json, "add_special_tokens"));
    }

    private static void refuseUnknown(ObjectNode json) {
        Set<String> known = new TreeSet<>(READ);
        known.addAll(WITHOUT_EFFECT);
        known.addAll(PLAIN.keySet());
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw new Refused(
                        name,
                        "'" + name + "' isn't known here"
                                + Nearest.hint(name, known, "known are " + String.join(", ", known)));
            }
        }
    }

    private static boolean isGiven(JsonNode value) {
        return !value.isMissingNode() && !value.isNull();
    }

    private static Optional<String> model(JsonNode name) {
        if (isGiven(name) && !name.isTextual()) {
            throw new Refused("model", "'model' is " + name + ", no name");
        }
        return isGiven(name) ? Optional.of(name.asText()) : Optional.empty();
    }

    private static boolean truth(ObjectNode json, String field) {
        JsonNode value = json.path(field);
        if (isGiven(value) && !value.isBoolean()) {
            throw new Refused(field, "'" + field + "' is " + value + "; it is true or false");
        }
        return value.asBoolean(false);
    }

    private static int whole(ObjectNode json, String field, int most) {
        JsonNode value = json.path(field);
        if (!value.canConvertToInt() || !value.isIntegralNumber() || value.asInt() < 0 || value.asInt() > most) {
            throw new Refused(
                    field,
                    "'" + field + "' is " + value + "; it is a whole number from 0"
                            + (most == Integer.MAX_VALUE ? " on" : " to " + most));
        }
        return value.asInt();
    }

    private static OptionalInt logprobs(ObjectNode json) {
        JsonNode value = json.path("logprobs");
        boolean none = !isGiven(value) || value.isBoolean() && !value.asBoolean();
        return none ? OptionalInt.empty() : OptionalInt.of(whole(json, "logprobs", MOST_LOGPROBS));
    }

    private static List<String> stop(JsonNode value) {
        if (!isGiven(value)) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode each : value.isArray() ? value : List.of(value)) {
            if (!each.isTextual()) {
                throw new Refused("stop", "'stop' holds " + each + "; it is a text or a list of texts");
            }
            if (!each.asText().isEmpty()) {
                texts.add(each.asText());
            }
        }
        return texts;
    }

    /** A text, several, a row of tokens, or several rows. */
    private static List<Prompt> prompts(JsonNode prompt) {
        if (!isGiven(prompt)) {
            throw new Refused("prompt", "'prompt' is missing: a text, a list of texts, or token ids");
        }
        if (prompt.isTextual() || isTokens(prompt)) {
            return List.of(one(prompt));
        }
        if (!prompt.isArray() || prompt.isEmpty()) {
            throw new Refused(
                    "prompt", "'prompt' is " + shortened(prompt) + "; it is a text, a list of texts, or token ids");
        }
        List<Prompt> prompts = new ArrayList<>();
        prompt.forEach(each -> prompts.add(one(each)));
        return prompts;
    }

    private static boolean isTokens(JsonNode prompt) {
        return prompt.isArray() && !prompt.isEmpty() && prompt.get(0).isNumber();
    }

    private static Prompt one(JsonNode prompt) {
        if (prompt.isTextual() && !prompt.asText().isEmpty()) {
            return new Prompt(prompt.asText(), null);
        }
        if (!isTokens(prompt)) {
            throw new Refused(
                    "prompt",
                    "'prompt' holds " + shortened(prompt) + "; a prompt is a text or token ids, and not empty");
        }
        int[] tokens = new int[prompt.size()];
        for (int i = 0; i < tokens.length; i++) {
            JsonNode token = prompt.get(i);
            if (!token.isIntegralNumber() || !token.canConvertToInt()) {
                throw new Refused(
                        "prompt", "'prompt' holds the token " + shortened(token) + ", which is no whole number");
            }
            tokens[i] = token.asInt();
        }
        return new Prompt(null, tokens);
    }

    private static String shortened(JsonNode value) {
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
