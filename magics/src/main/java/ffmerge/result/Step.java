package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One thing that was done to a model on its way from where it was loaded.
 *
 * @param way what was done: {@code merge}, {@code drop}, {@code quantize}, {@code fold}, {@code tune}, {@code adapt}; null
 *     where only words are known
 * @param method of a way that makes a model smaller, which of its kinds ({@code permute}, {@code none}, {@code drop}); else
 *     null
 * @param groups the layers it was done to, group by group; empty where it was done to all
 * @param options what else was chosen, by the names of the command's options
 * @param text of a step that an older version noted, its words; else null
 * @param removed what the model held less after it; null where nobody counted, as in the logs of older versions
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Step(
        String way, String method, List<Group> groups, Map<String, Object> options, String text, Removed removed) {
    private static final String TUNE = "tune";
    private static final String STEPS = "steps";
    private static final String TOKENS = "tokens";

    /** Layers of a stack that belong together. */
    public record Group(String stack, List<Integer> layers) {
        public Group {
            layers = List.copyOf(layers);
        }

        @Override
        public String toString() {
            return stack + (layers.size() == 1 ? " layer " : " layers ") + Labels.layers(layers);
        }
    }

    public Step {
        groups = groups == null ? List.of() : List.copyOf(groups);
        options = options == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }

    /** A step that makes a model smaller. */
    public static Step smaller(String way, String method, List<Group> groups) {
        return new Step(way, method, groups, Map.of(), null, null);
    }

    /** A step that leaves a model's size. */
    public static Step of(String way) {
        return new Step(way, null, List.of(), Map.of(), null, null);
    }

    /** A tuning of which nobody counted the tokens. */
    public static Step tuned(int steps) {
        return of(TUNE).with(STEPS, steps);
    }

    /** @param tokens that went through the model in training */
    public static Step tuned(int steps, long tokens) {
        return tuned(steps).with(TOKENS, tokens);
    }

    /** What an older version said of a step. */
    static Step inWords(String text) {
        return new Step(null, null, List.of(), Map.of(), text, null);
    }

    public Step with(String option, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(options);
        more.put(option, value);
        return new Step(way, method, groups, more, text, removed);
    }

    public Step with(Map<String, ?> more) {
        Map<String, Object> all = new LinkedHashMap<>(options);
        all.putAll(more);
        return new Step(way, method, groups, all, text, removed);
    }

    /** The step with what came of it. */
    public Step removing(Removed counted) {
        return new Step(way, method, groups, options, text, counted);
    }

    /** Whether the model became smaller by it. */
    @JsonIgnore
    public boolean isSmaller() {
        return method != null;
    }

    /** Whether nothing but words are known of it. */
    @JsonIgnore
    public boolean isInWords() {
        return text != null;
    }

    @JsonIgnore
    boolean isTuning() {
        return TUNE.equals(way);
    }

    /** Steps of tuning; 0 for anything else. */
    int tuningSteps() {
        return isTuning() && options.get(STEPS) instanceof Number steps ? steps.intValue() : 0;
    }

    /** Tokens of tuning; 0 for anything else, none where nobody counted, as in the logs of older versions. */
    Optional<Long> tuningTokens() {
        if (!isTuning()) {
            return isInWords() ? Optional.empty() : Optional.of(0L);
        }
        return Optional.ofNullable(options.get(TOKENS)).map(tokens -> ((Number) tokens).longValue());
    }

    /** The layers as they are typed, each group once though it be in several stacks: {@code 3-8}. */
    public String layers() {
        return groups.stream().map(Group::layers).distinct().map(Labels::layers).collect(Collectors.joining(" and "));
    }

    /** The words that say which method it is, without where it was gone: {@code merge}, {@code permute}, {@code regression}. */
    public List<String> words() {
        List<String> words = new ArrayList<>();
        Stream.of(way, method).filter(Objects::nonNull).forEach(words::add);
        options.values().forEach(value -> words.add(String.valueOf(value)));
        return words;
    }

    /** What tells the method from its plain form, behind its name: {@code , regression}. */
    public String variant() {
        boolean isUsualSite = "feed-forward".equals(options.get("site")) && options.containsKey("unit");
        return Stream.of("average", "unit", isUsualSite ? "" : "site")
                .map(options::get)
                .filter(Objects::nonNull)
                .map(value -> ", " + value)
                .collect(Collectors.joining());
    }

    /** {@code merge decoder layers 3-8 permute anchor first}. */
    @Override
    public String toString() {
        if (isInWords()) {
            return text;
        }
        List<String> words = new ArrayList<>();
        words.add(way);
        words.add(groups.stream().map(Group::toString).collect(Collectors.joining(", ")));
        words.add(Objects.equals(way, method) || method == null ? "" : method);
        options.entrySet().stream()
                .filter(option -> !(isTuning() && option.getKey().equals(TOKENS))) // a cost, which nobody chose
                .forEach(option -> words.add(option.getKey() + " " + option.getValue()));
        return words.stream().filter(w -> !w.isEmpty()).collect(Collectors.joining(" "));
    }
}
