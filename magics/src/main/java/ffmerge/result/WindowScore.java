package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What windows of layers can be chosen by. Of pairs of layers a window has the mean over all of its pairs. */
public enum WindowScore {
    /** The value that a sweep measures. */
    SCORE(true, false),
    /** The CKA of two sublayers' outputs. */
    CKA(true, true),
    /** The mean correlation of the units of two FF sublayers, or of the dimensions of heads, as they are best matched. */
    CORRELATION(true, true),
    /** The cosine of two FF sublayers' weights, their units as these are best matched: no data is read. */
    WEIGHTS(true, true),
    /** Block Influence, summed over layers: how far they turn the states that pass them. */
    INFLUENCE(false, false),
    /** The loss added when one sublayer takes another's place, both ways round. */
    REPLACEMENT(false, true),
    /** Chance: the control. */
    RANDOM(true, false);

    private final boolean higherIsBetter;
    private final boolean ofPairs;

    WindowScore(boolean higherIsBetter, boolean ofPairs) {
        this.higherIsBetter = higherIsBetter;
        this.ofPairs = ofPairs;
    }

    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether what has more of it is chosen; of {@link #SCORE} the measure says so. */
    public boolean higherIsBetter() {
        return higherIsBetter;
    }

    /** Whether it says of two layers how alike they are. */
    public boolean isOfPairs() {
        return ofPairs;
    }

    /** Whether it is had without measuring a window. */
    public boolean isCheap() {
        return this != SCORE;
    }
}
