package ffmerge;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * What a measured quality is called, what it counts and which way is better: all that a sentence, a table or a chart has
 * to know of a metric. In a result's JSON it is its name; the log of runs keeps it whole.
 *
 * @param name in JSON and in the log: {@code rougeLsum}
 * @param title in running text: {@code ROUGE-Lsum}
 * @param examples what is counted as examples, in the plural: {@code dialogues}
 * @param input what a model is given of an example, above a column: {@code dialogue}
 * @param isShare whether a value is a share of 1, which is shown in percent
 * @param isTimedByExample whether speed is told in examples a second; else in tokens
 */
public record Measure(
        String name,
        String title,
        String examples,
        String input,
        boolean higherIsBetter,
        boolean isShare,
        boolean isTimedByExample) {
    @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
    public Measure {}

    /** A measure that is better the lower it is. */
    public static Measure lower(String name, String examples) {
        return new Measure(name, name, examples, "source", false, false, false);
    }

    /** A measure that is better the higher it is. */
    public static Measure higher(String name, String examples) {
        return new Measure(name, name, examples, "source", true, false, false);
    }

    /** Of a log that kept no more than the name. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Measure named(String name) {
        return higher(name, "examples");
    }

    public Measure titled(String title) {
        return new Measure(name, title, examples, input, higherIsBetter, isShare, isTimedByExample);
    }

    public Measure withInput(String input) {
        return new Measure(name, title, examples, input, higherIsBetter, isShare, isTimedByExample);
    }

    public Measure asShare() {
        return new Measure(name, title, examples, input, higherIsBetter, true, isTimedByExample);
    }

    public Measure timedByExample() {
        return new Measure(name, title, examples, input, higherIsBetter, isShare, true);
    }

    /** Whether {@code a} is better than {@code b}. */
    public boolean isBetter(double a, double b) {
        return higherIsBetter ? a > b : a < b;
    }

    @Override
    @JsonValue
    public String toString() {
        return name;
    }
}
