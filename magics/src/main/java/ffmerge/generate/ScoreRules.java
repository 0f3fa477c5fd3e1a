package ffmerge.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The rules by which a model's texts are generated, in the order in which they are applied. */
public final class ScoreRules {
    /** None. */
    public static final ScoreRules NONE = new ScoreRules(List.of());

    private final List<ScoreProcessor> processors;

    ScoreRules(List<ScoreProcessor> processors) {
        this.processors = List.copyOf(processors);
    }

    /**
     * Rules that are the same for all texts, which a kernel applies beside choosing.
     *
     * @param banned tokens that are never generated
     * @param forcedEnd the token that stands where a text has to end
     */
    public record Simple(List<Integer> banned, OptionalInt forcedEnd) {}

    /** These rules as simple ones, if they are. */
    public Optional<Simple> simple() {
        List<Integer> banned = new ArrayList<>();
        OptionalInt forced = OptionalInt.empty();
        for (ScoreProcessor each : processors) {
            if (each instanceof Suppressed s && !s.atBegin()) {
                banned.addAll(s.tokens());
            } else if (each instanceof Forced f && f.atEnd() && f.tokens().size() == 1) {
                forced = OptionalInt.of(f.tokens().get(0));
            } else {
                return Optional.empty();
            }
        }
        return forced.isPresent() && banned.contains(forced.getAsInt())
                ? Optional.empty()
                : Optional.of(new Simple(banned, forced));
    }

    /**
     * Applies the rules to the scores of the next tokens.
     *
     * @param texts one a row
     * @param scores {@code [rows, vocabulary]}, changed in place
     */
    void apply(List<TextSoFar> texts, float[] scores) {
        int vocabulary = scores.length / texts.size();
        float[] own = new float[vocabulary];
        for (int row = 0; row < texts.size(); row++) {
            System.arraycopy(scores, row * vocabulary, own, 0, vocabulary);
            for (ScoreProcessor each : processors) {
                each.process(texts.get(row), own);
            }
            System.arraycopy(own, 0, scores, row * vocabulary, vocabulary);
        }
    }

    /** The same for the same rules, in whatever process: unfinished work is found again by it. */
    @Override
    public String toString() {
        return processors.toString();
    }
}
