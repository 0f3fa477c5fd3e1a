package ffmerge.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.util.List;

/**
 * Draws the examples that stand before a question, as lm-evaluation-harness does: with one generator of random numbers for
 * all questions of a task, one after the other.
 */
public final class Shots {
    /** The harness' {@code fewshot_random_seed}. */
    private static final int SEED = 1234;

    private final Task.Examples rule;
    private final int count;
    private final List<Questions.Row> rows;
    private final PythonRandom random = new PythonRandom(SEED);

    /** No example stands before a question. */
    public static Shots none() {
        return new Shots(Task.Examples.USUAL, 0, List.of(), "");
    }

    /**
     * @param rule how they are drawn
     * @param count of a question
     * @param rows of which they are drawn
     * @param source of the rows, for messages
     * @throws UserError if there are too few rows
     */
    public Shots(Task.Examples rule, int count, List<Questions.Row> rows, String source) {
        this.rule = rule;
        this.count = count;
        this.rows = List.copyOf(rows);
        boolean oneMore = count > 0 && rule.apart() && rule.draw() == Task.Draw.RANDOM;
        int needed = oneMore ? count + 1 : count;
        if (rows.size() < needed) {
            throw new UserError(source + " has " + rows.size() + " rows; --shots " + count + " draws " + needed
                    + " of them" + (oneMore ? ", as the question itself may be among them" : ""));
        }
    }

    /** The rows that come before the next question, without the question's own. */
    List<Questions.Row> before(ObjectNode question) {
        if (count == 0) {
            return List.of();
        }
        if (rule.draw() == Task.Draw.FIRST) {
            List<Questions.Row> others = rule.apart() ? without(rows, question) : rows;
            requireEnough(others);
            return others.subList(0, count);
        }
        if (!rule.apart()) {
            return random.sample(rows, count);
        }
        List<Questions.Row> drawn = without(random.sample(rows, count + 1), question);
        if (drawn.size() < count) { // the question stands there several times
            List<Questions.Row> others = without(rows, question);
            requireEnough(others);
            return random.sample(others, count);
        }
        return drawn.subList(0, count);
    }

    private void requireEnough(List<Questions.Row> others) {
        if (others.size() < count) {
            throw new UserError("--shots " + count + " is more than the " + others.size()
                    + " examples that are left without the question itself");
        }
    }

    private static List<Questions.Row> without(List<Questions.Row> rows, ObjectNode question) {
        return rows.stream().filter(row -> !row.cells().equals(question)).toList();
    }
}
