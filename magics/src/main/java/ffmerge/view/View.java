package ffmerge.view;

import ffmerge.result.Result;
import java.util.List;
import java.util.Optional;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/**
 * How the results of one kind look: in words, as tables, as charts. {@link Views} lists the views that there are; who
 * shows, writes or logs a result asks its view and knows nothing of its kind.
 */
public interface View<R extends Result> {
    /** The kind of results. */
    Class<R> type();

    /** The command that makes this result; for one that a cell returned. */
    String command(R result);

    /** What it says, in a sentence or two. */
    String sentence(R result);

    /** What came out in a few words, for a line of the log; every finding has some. */
    default String outcome(R result) {
        return "";
    }

    /** Whether a run that gave such a result is worth a line in the log. */
    default boolean isFinding() {
        return true;
    }

    /** What a reader gets. Empty for a result that is no table. */
    default Optional<Table> table(R result) {
        return Optional.empty();
    }

    /** All that the result holds, a row each: what a file gets. */
    default Optional<Table> rows(R result) {
        return table(result);
    }

    /** Whether a terminal shows the table too, as the sentence can't hold it all. */
    default boolean isList(R result) {
        return false;
    }

    /** Whether there are charts of such results, as far as their values can be drawn. */
    default boolean isDrawn() {
        return false;
    }

    /** The charts, in the order in which they stand side by side; empty where there are none. */
    default List<? extends Chart<?, ?>> charts(R result) {
        return List.of();
    }

    /** The parts by which a reader with a slider looks at it. */
    default Slides slides(R result) {
        return Slides.NONE;
    }

    /** The sentence on a page. */
    default String sentenceHtml(R result) {
        return Html.paragraph(sentence(result));
    }

    /** What a page shows between the charts and the table, beside them. */
    default String moreHtml(R result) {
        return "";
    }
}
