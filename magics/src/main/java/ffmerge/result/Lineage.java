package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a model came to be.
 *
 * @param source what was loaded
 * @param steps what was done to it since
 */
public record Lineage(String source, List<Step> steps) {
    private static final String THEN = " > ";

    public Lineage {
        steps = steps == null ? List.of() : List.copyOf(steps);
    }

    /** Of a model as it was loaded. */
    public Lineage(String source) {
        this(source, List.of());
    }

    /** What an older version wrote about a model: its steps are known in words alone. */
    public static Lineage inWords(String text) {
        int end = text.indexOf(THEN);
        return end < 0
                ? new Lineage(text)
                : new Lineage(text.substring(0, end), List.of(Step.inWords(text.substring(end + THEN.length()))));
    }

    public Lineage then(Step step) {
        List<Step> longer = new ArrayList<>(steps);
        longer.add(step);
        return new Lineage(source, longer);
    }

    /** Whether a model of the other lineage was made from one of this, by further steps. */
    public boolean leadsTo(Lineage other) {
        return other.toString().startsWith(this + THEN);
    }

    /** Whether anything was done to make the model smaller, though nothing of it need be left. */
    @JsonIgnore
    public boolean isShrunk() {
        return steps.stream().anyMatch(Step::isSmaller);
    }

    /** Whether all that was done is known as more than words. */
    @JsonIgnore
    public boolean isKnown() {
        return steps.stream().noneMatch(Step::isInWords);
    }

    /** What the model holds less than what was loaded, as far as it was counted. */
    @JsonIgnore
    public Removed removed() {
        return steps.stream().map(Step::removed).filter(Objects::nonNull).reduce(Removed.NOTHING, Removed::plus);
    }

    /** Whether {@link #removed} is all: every step was counted, or leaves a model's size. */
    @JsonIgnore
    public boolean isCounted() {
        return steps.stream().allMatch(step -> step.removed() != null || step.isTuning());
    }

    /** What was chosen for the last step that has such an option. */
    public Optional<String> option(String name) {
        return steps.stream()
                .filter(step -> step.options().containsKey(name))
                .reduce((a, b) -> b)
                .map(step -> step.options().get(name).toString());
    }

    /** Steps of tuning in all. */
    public int tuningSteps() {
        return steps.stream().mapToInt(Step::tuningSteps).sum();
    }

    /** Tokens that went through the model in tuning in all; empty where it wasn't tuned, or nobody counted those of a step. */
    public Optional<Long> tuningTokens() {
        if (tuningSteps() == 0) {
            return Optional.empty();
        }
        return steps.stream()
                .map(Step::tuningTokens)
                .reduce(Optional.of(0L), (a, b) -> a.flatMap(before -> b.map(more -> before + more)));
    }

    /** {@code gpt2-novels > merge decoder layers 3-8 permute anchor first > tune steps 300}. */
    @Override
    public String toString() {
        return steps.isEmpty()
                ? source
                : source + THEN + steps.stream().map(Step::toString).collect(Collectors.joining(THEN));
    }
}
