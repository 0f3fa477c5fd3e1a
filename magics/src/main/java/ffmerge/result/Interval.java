package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Where a value lies in 95 of 100 cases. */
public record Interval(double low, double high) {
    @JsonCreator
    static Interval of(double[] bounds) {
        return new Interval(bounds[0], bounds[1]);
    }

    public boolean holds(double value) {
        return low <= value && value <= high;
    }

    @JsonValue
    double[] bounds() {
        return new double[] {low, high};
    }
}
