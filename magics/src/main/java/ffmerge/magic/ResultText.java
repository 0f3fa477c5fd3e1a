package ffmerge.magic;

import ffmerge.result.Result;
import ffmerge.table.TableText;
import ffmerge.view.View;
import ffmerge.view.Views;
import tech.tablesaw.api.Table;

/** A result for a terminal: what it says, and a table where the sentence can't hold it all. */
final class ResultText {
    /** A matrix of more layers breaks a terminal's lines. */
    private static final int MOST_COLUMNS = 26;

    private ResultText() {}

    static String of(Views views, Result result) {
        View<Result> view = views.of(result);
        String sentence = view.sentence(result);
        if (!view.isList(result)) {
            return sentence;
        }
        return view.table(result)
                .filter(ResultText::fits)
                .map(table -> sentence + "\n" + TableText.of(table))
                .orElse(sentence);
    }

    private static boolean fits(Table table) {
        return table.rowCount() > 0 && table.columnCount() <= MOST_COLUMNS;
    }
}
