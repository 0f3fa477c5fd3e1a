package ffmerge.shrink;

import java.util.List;
import java.util.function.Function;

/**
 * Something that is chosen about a way to shrink. The commands that go the way have an option of it.
 *
 * @param name as the option has it
 * @param help one line
 * @param fallback what holds where nothing is chosen
 */
public record Choice<T>(String name, String help, Form<T> form, T fallback) {
    /** What there is to choose from. */
    public sealed interface Form<T> {
        /** @param label the word of a value */
        record OneOf<T>(List<T> values, Function<T, String> label) implements Form<T> {}

        /** A whole number. */
        record Whole(int least) implements Form<Integer> {}

        /** Whether or not. */
        record Flag() implements Form<Boolean> {}

        /** A finite number of at least 0. */
        record Amount() implements Form<Double> {}
    }

    /** Of whatever a way does at random. */
    public static final Choice<Integer> SEED = new Choice<>("seed", "of every random choice", new Form.Whole(0), 0);

    public static <T> Choice<T> oneOf(String name, String help, List<T> values, Function<T, String> label, T fallback) {
        return new Choice<>(name, help, new Form.OneOf<>(values, label), fallback);
    }
}
