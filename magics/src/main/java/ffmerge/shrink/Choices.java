package ffmerge.shrink;

import java.util.LinkedHashMap;
import java.util.Map;

/** What was chosen about ways to shrink, of whatever each of them lets choose. */
public final class Choices {
    public static final Choices NONE = new Choices(Map.of());

    private final Map<Choice<?>, Object> chosen;

    private Choices(Map<Choice<?>, Object> chosen) {
        this.chosen = chosen;
    }

    /** @param value of the choice's type */
    public Choices with(Choice<?> choice, Object value) {
        Map<Choice<?>, Object> more = new LinkedHashMap<>(chosen);
        more.put(choice, value);
        return new Choices(more);
    }

    @SuppressWarnings("unchecked") // values are of their choices' types
    public <T> T get(Choice<T> choice) {
        return (T) chosen.getOrDefault(choice, choice.fallback());
    }
}
