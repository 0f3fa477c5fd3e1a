package ffmerge.study;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Shrink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A way to shrink as a grid goes it at several sizes.
 *
 * @param words as they were typed
 * @param stages what is done, one after the other; of at most one of them it is open how much goes
 */
public record GridWay(String words, List<Stage> stages) {
    /** Between the words of ways that are gone in turn. */
    public static final String THEN = " > ";

    /**
     * One of the ways that are gone in turn.
     *
     * @param isOpen whether its words leave open how much goes
     * @param ways that its words allow
     * @param words by which one of these is gone alone
     */
    public record Stage(boolean isOpen, Allowed ways, Alone words) {}

    /** Says one of the ways that words allow in words that leave nothing open. */
    @FunctionalInterface
    public interface Alone {
        WayWords of(Shrink way, Architecture architecture, int seed);
    }

    /**
     * A command's words, but for the names of models.
     *
     * @param options by their names, as JSON holds them
     */
    public record WayWords(String command, Map<String, Object> options) {}

    /** What words allow. */
    @FunctionalInterface
    public interface Allowed {
        /**
         * The ways that are allowed on a model, in steps by how much goes, from the least; of each step the alternatives, as
         * windows of one length are. Of words that leave nothing open a single one.
         *
         * @param seed of all that is done at random
         */
        List<List<Shrink>> of(Architecture architecture, int seed);
    }

    /**
     * What is done for a size.
     *
     * @param stages of the way, of all that is done
     * @param before is done first
     * @param alternatives of which the best is done then; one where there is nothing to choose
     * @param after is done last, whichever is chosen
     */
    record Plan(List<Stage> stages, List<Shrink> before, List<Shrink> alternatives, List<Stage> after) {}

    /** What is planned, or why nothing can be. */
    record Planned(Optional<Plan> plan, String outcome) {}

    /** A stage that can't be gone on what those before it leave. */
    public record Refusal(int stage, UserError why) {}

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final int stage;
        private final transient UserError why;

        Refused(int stage, UserError why) {
            super(null, why, false, false);
            this.stage = stage;
            this.why = why;
        }
    }

    public GridWay {
        stages = List.copyOf(stages);
    }

    /** Whether sizes are for it to meet. */
    public boolean isSized() {
        return stages.stream().anyMatch(Stage::isOpen);
    }

    /** Whether some stage can't be gone, whatever the size. */
    public Optional<Refusal> refusal(String name, Outline whole, int seed) {
        try {
            planned(name, whole, 1, seed);
            return Optional.empty();
        } catch (Refused e) {
            return Optional.of(new Refusal(e.stage, e.why));
        }
    }

    /**
     * The smallest step that removes at least so much.
     *
     * @param name of the unchanged model, for messages
     * @param least parameters that go; not looked at where it has no sizes
     */
    Planned plan(String name, Outline whole, long least, int seed) {
        try {
            return planned(name, whole, least, seed);
        } catch (Refused e) {
            return new Planned(Optional.empty(), e.why.getMessage());
        }
    }

    private Planned planned(String name, Outline whole, long least, int seed) {
        List<Shrink> before = new ArrayList<>();
        Outline outline = whole;
        int next = 0;
        while (next < stages.size() - 1 && !stages.get(next).isOpen()) {
            Shrink only = only(next, outline, seed);
            outline = after(next++, only, name, outline);
            before.add(only);
        }
        Stage stage = stages.get(next);
        Refused refused = null;
        long most = 0;
        for (List<Shrink> step : ways(next, outline, seed)) {
            List<Shrink> enough = new ArrayList<>();
            for (Shrink alternative : step) {
                try {
                    Outline left = after(next, alternative, name, outline);
                    for (int later = next + 1; later < stages.size(); later++) {
                        left = after(later, only(later, left, seed), name, left);
                    }
                    long removed = whole.parameters() - left.parameters();
                    most = Math.max(most, removed);
                    if (!stage.isOpen() || removed >= least) {
                        enough.add(alternative);
                    }
                } catch (Refused e) {
                    refused = e;
                    if (e.stage == next && !outline.adapters().isEmpty()) {
                        throw e; // its best window would be that of other layers than those of ways that are free to
                        // choose
                    }
                }
            }
            if (!enough.isEmpty()) {
                List<Stage> after = stages.subList(next + 1, stages.size());
                return new Planned(Optional.of(new Plan(stages, before, enough, after)), "");
            }
        }
        if (most == 0 && refused != null) {
            throw refused;
        }
        return new Planned(Optional.empty(), GridSizes.unreached(most, whole.parameters()));
    }

    private List<List<Shrink>> ways(int stage, Outline outline, int seed) {
        try {
            return stages.get(stage).ways().of(outline.architecture(), seed);
        } catch (UserError e) {
            throw new Refused(stage, e);
        }
    }

    private Shrink only(int stage, Outline outline, int seed) {
        return ways(stage, outline, seed).get(0).get(0);
    }

    private static Outline after(int stage, Shrink shrink, String name, Outline outline) {
        try {
            shrink.requireFits(name, outline);
            return shrink.after(outline);
        } catch (UserError e) {
            throw new Refused(stage, e);
        }
    }

    static Shrink only(Stage stage, Outline outline, int seed) {
        return stage.ways().of(outline.architecture(), seed).get(0).get(0);
    }
}
