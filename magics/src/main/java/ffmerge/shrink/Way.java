package ffmerge.shrink;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * A way to shrink as it is named: {@code permute}, {@code drop}, {@code nf4}.
 *
 * @param name the method of its {@link ffmerge.result.Step}
 * @param title as tables and charts have it
 * @param command that goes it, where another's kind has the same name; else null
 * @param windows what it does to a window of layers; empty where it changes all of a model
 * @param effect how long what it does can be seen in a model
 */
public record Way(String name, String title, String command, Optional<OnWindows> windows, Effect effect) {
    /** What of a model a way changes, which says how long that can be seen. */
    public enum Effect {
        /** Which weights there are: whatever comes after. */
        SHAPE,
        /** In how many bits weights are held: until they are floats again. */
        BITS,
        /** None of both: it makes weights floats again. */
        FLOATS
    }

    /**
     * What is done to the layers of a window.
     *
     * @param least layers that a window has at least
     * @param left layers that must be left beside it
     * @param choices what can be chosen about it
     * @param shrink makes it, from the window's layers by stack
     */
    public record OnWindows(
            int least,
            int left,
            List<Choice<?>> choices,
            BiFunction<Map<String, List<Integer>>, Choices, Shrink> shrink) {}

    /** A way that takes windows. */
    public static Way onWindows(
            String name,
            String title,
            int least,
            int left,
            List<Choice<?>> choices,
            BiFunction<Map<String, List<Integer>>, Choices, Shrink> shrink) {
        return new Way(name, title, null, Optional.of(new OnWindows(least, left, choices, shrink)), Effect.SHAPE);
    }

    /** A way that changes all of a model. */
    public static Way ofWholeModels(String name, String title) {
        return new Way(name, title, null, Optional.empty(), Effect.SHAPE);
    }

    /** The same way as one that this command goes, whatever another's kinds are named. */
    Way of(String goes) {
        return new Way(name, title, goes, windows, effect);
    }

    /** A way that holds a model's weights in fewer bits. */
    public static Way ofBits(String name, String title) {
        return new Way(name, title, null, Optional.empty(), Effect.BITS);
    }

    /** A way after which all weights are floats. */
    public static Way ofFloats(String name, String title) {
        return new Way(name, title, null, Optional.empty(), Effect.FLOATS);
    }
}
