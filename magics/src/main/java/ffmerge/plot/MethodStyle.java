package ffmerge.plot;

import java.awt.Color;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * The colour and the mark of each method, in every chart the same; the one place that says it. Colours are Okabe and Ito's,
 * which people tell apart who see no red or no green; methods that share one differ in their mark.
 */
public record MethodStyle(Color color, Mark mark) {
    /** A method, by the words of its command that say which it is. */
    private record Known(Set<String> words, MethodStyle style) {}

    /** The unchanged model. */
    public static final MethodStyle UNCHANGED = new MethodStyle(Look.INK, Mark.DIAMOND);

    /** From the most particular on: the first whose words all occur is meant. */
    private static final List<Known> KNOWN = List.of(
            known(UNCHANGED, "unchanged"),
            known(UNCHANGED, "unchanged,"),
            known(new MethodStyle(Look.ORANGE, Mark.CROSS), "prune", "magnitude"),
            known(new MethodStyle(Look.ORANGE, Mark.STAR), "prune", "wanda"),
            known(new MethodStyle(Look.ORANGE, Mark.PENTAGON.hollow()), "prune", "obd"),
            known(new MethodStyle(Look.ORANGE, Mark.PLUS), "prune", "random"),
            known(new MethodStyle(Look.ORANGE, Mark.CROSS), "prune"),
            known(new MethodStyle(Look.YELLOW, Mark.PENTAGON), "int8"),
            known(new MethodStyle(Look.YELLOW, Mark.UP), "int8-weight"),
            known(new MethodStyle(Look.YELLOW, Mark.SQUARE), "nf4"),
            known(new MethodStyle(Look.YELLOW, Mark.PENTAGON), "quantize"),
            known(new MethodStyle(Look.GREEN, Mark.UP.hollow()), "drop", "attention"),
            known(new MethodStyle(Look.GREEN, Mark.DOWN.hollow()), "drop", "feed-forward"),
            known(new MethodStyle(Look.GREEN, Mark.UP), "drop"),
            known(new MethodStyle(Look.SKY, Mark.DOWN), "regression"),
            known(new MethodStyle(Look.SKY, Mark.PLUS), "weighted"),
            known(new MethodStyle(Look.VERMILION, Mark.SQUARE.hollow()), "anchor"),
            known(new MethodStyle(Look.PURPLE, Mark.DIAMOND.hollow()), "fresh"),
            known(new MethodStyle(Look.PURPLE, Mark.DIAMOND), "random"),
            known(new MethodStyle(Look.VERMILION, Mark.SQUARE), "none"),
            known(new MethodStyle(Look.BLUE, Mark.CIRCLE), "permute"),
            known(new MethodStyle(Look.BLUE, Mark.CIRCLE), "merge"));

    private static final MethodStyle OTHER = new MethodStyle(Look.GREY, Mark.PENTAGON);

    private static Known known(MethodStyle style, String... words) {
        return new Known(Set.of(words), style);
    }

    /** @param words of the command that goes the method: {@code merge}, {@code --average}, {@code regression} */
    public static MethodStyle of(Collection<String> words) {
        return KNOWN.stream()
                .filter(known -> words.containsAll(known.words()))
                .findFirst()
                .map(Known::style)
                .orElse(OTHER);
    }

    /** The same for another variant of the method in one chart: its mark changes between full and hollow. */
    public MethodStyle variant(int number) {
        return number % 2 == 0 ? this : new MethodStyle(color, mark.hollow());
    }

    /** Strokes and gaps of a variant's line; none for a solid one. */
    public static float[] dash(int variant) {
        return switch (variant % 5) {
            case 1 -> new float[] {7, 4};
            case 2 -> new float[] {2, 3};
            case 3 -> new float[] {9, 3, 2, 3};
            case 4 -> new float[] {9, 3, 2, 3, 2, 3};
            default -> new float[0];
        };
    }
}
