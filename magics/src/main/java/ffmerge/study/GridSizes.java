package ffmerge.study;

import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.result.Labels;
import ffmerge.shrink.Outline;
import java.util.List;
import java.util.Locale;

/**
 * How much is to go in a grid's cells.
 *
 * @param shares from above 0 to below 1
 * @param of what they are shares of
 */
public record GridSizes(List<Double> shares, Of of) {
    /** What a share is of; it is reached by whatever goes. */
    public enum Of {
        PARAMETERS,
        /** The parameters of the model's FF sublayers. */
        FEED_FORWARDS;

        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private long all(Outline whole) {
            return switch (this) {
                case PARAMETERS -> whole.parameters();
                case FEED_FORWARDS ->
                    whole.architecture().stacks().stream()
                            .flatMap(stack -> stack.feedForwards().stream())
                            .mapToLong(FeedForwardSublayer::parameters)
                            .sum();
            };
        }
    }

    public GridSizes {
        shares = List.copyOf(shares);
    }

    /** How many parameters go at least for a share. */
    long least(double share, Outline whole) {
        return (long) Math.ceil(share * of.all(whole) - 1e-6); // 0.1 of 10 is 1, whatever binary fractions say
    }

    /** Why there is no model of a size. */
    static String unreached(long most, long all) {
        return "it removes at most " + Labels.percent((double) most / all) + " of the parameters";
    }
}
