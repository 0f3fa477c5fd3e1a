package ffmerge.magic;

import java.util.AbstractList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A magic's words as a cell's Java hands them over, with the values that only that Java knows: those of local variables
 * and of expressions at the magic's place.
 */
public final class Words extends AbstractList<String> {
    private final List<String> words;
    private final Map<String, Object> values = new HashMap<>();

    private Words(List<String> words) {
        this.words = words;
    }

    /** For the generated call only. */
    public static Words of(String... words) {
        return new Words(List.of(words));
    }

    /**
     * For the generated call only.
     *
     * @param java a local variable's name, or an expression
     */
    public Words with(String java, Object value) {
        values.put(java, value);
        return this;
    }

    /** What is known, by the name or expression; values may be null. */
    Map<String, Object> values() {
        return values;
    }

    @Override
    public String get(int index) {
        return words.get(index);
    }

    @Override
    public int size() {
        return words.size();
    }
}
