package ffmerge.magic;

import ffmerge.magic.command.HelpResult;
import ffmerge.magic.typing.HelpText;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.EvalResult;
import ffmerge.result.MistakesResult;
import ffmerge.result.ModelsResult;
import ffmerge.result.Result;
import ffmerge.result.RunsResult;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneOutcome;
import ffmerge.table.Sentences;
import ffmerge.table.TableText;
import ffmerge.table.Tables;
import tech.tablesaw.api.Table;

/** A result for a terminal: what it says, and a table where the sentence can't hold it all. */
final class ResultText {
    /** A matrix of more layers breaks a terminal's lines. */
    private static final int MOST_COLUMNS = 26;

    private ResultText() {}

    static String of(String command, Result result) {
        if (result instanceof HelpResult help) {
            return HelpText.of(help).text();
        }
        String sentence = Sentences.of(result)
                .orElseGet(() -> ResultJson.of(command, result).toPrettyString());
        return Tables.shown(result)
                .filter(table -> addsToSentence(result, table))
                .map(table -> sentence + "\n" + TableText.of(table))
                .orElse(sentence);
    }

    private static boolean addsToSentence(Result result, Table table) {
        boolean isList = result instanceof CkaResult
                || result instanceof SweepResult
                || result instanceof TuneOutcome
                || result instanceof CompareResult
                || result instanceof MistakesResult
                || result instanceof RunsResult
                || result instanceof ScoreboardResult
                || result instanceof ModelsResult
                || result instanceof EvalResult evaluated
                        && !evaluated.samples().isEmpty();
        return isList && table.rowCount() > 0 && table.columnCount() <= MOST_COLUMNS;
    }
}
