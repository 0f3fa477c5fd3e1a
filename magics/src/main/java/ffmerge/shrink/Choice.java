package ffmerge.shrink;

/**
 * Something that is chosen about a way to shrink.
 *
 * @param name as the command's option has it
 * @param fallback what holds where nothing is chosen
 */
public record Choice<T>(String name, T fallback) {
    /** Of whatever a way does at random. */
    public static final Choice<Long> SEED = new Choice<>("seed", 0L);
}
