package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.List;
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

    private Optional<Step> lastSmaller() {
        return steps.stream().filter(Step::isSmaller).reduce((a, b) -> b);
    }

    /** Whether the model is smaller than it was when it was loaded. */
    @JsonIgnore
    public boolean isSmaller() {
        return lastSmaller().isPresent();
    }

    /** Whether all that was done is known as more than words. */
    @JsonIgnore
    public boolean isKnown() {
        return steps.stream().noneMatch(Step::isInWords);
    }

    /** {@code permute}, {@code none}, {@code drop} and so on, of the last step that made it smaller; empty where none did. */
    public String method() {
        return lastSmaller().map(Step::method).orElse("");
    }

    /** The command of that step; null where there is none. */
    public String way() {
        return lastSmaller().map(Step::way).orElse(null);
    }

    /** The layers of all steps that made it smaller, as they are typed: {@code 3-8}. */
    public String layers() {
        return steps.stream()
                .filter(Step::isSmaller)
                .flatMap(step -> step.layers().stream())
                .collect(Collectors.joining(" and "));
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

    /** {@code gpt2-novels > merge decoder layers 3-8 permute anchor first > tune steps 300}. */
    @Override
    public String toString() {
        return steps.isEmpty()
                ? source
                : source + THEN + steps.stream().map(Step::toString).collect(Collectors.joining(THEN));
    }
}
