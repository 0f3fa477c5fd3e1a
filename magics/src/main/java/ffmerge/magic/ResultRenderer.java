package ffmerge.magic;

import ffmerge.magic.command.HelpResult;
import ffmerge.magic.typing.HelpText;
import ffmerge.plot.Picture;
import ffmerge.result.AlignResult;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.InfoResult;
import ffmerge.result.MistakesResult;
import ffmerge.result.ModelsResult;
import ffmerge.result.RecipeResult;
import ffmerge.result.Result;
import ffmerge.result.RunsResult;
import ffmerge.result.SaveResult;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneOutcome;
import ffmerge.table.Sentences;
import ffmerge.table.Tables;
import java.util.Map;
import java.util.Optional;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** A result in every form that a notebook may ask for. */
final class ResultRenderer {
    static final String MIME_TYPE = "application/vnd.ffmerge+json";

    /** The commands that make results of a kind; merge, drop and dry runs say it themselves. */
    private static final Map<Class<?>, String> COMMANDS = Map.ofEntries(
            Map.entry(InfoResult.class, "info"),
            Map.entry(EvalResult.class, "eval"),
            Map.entry(CkaResult.class, "cka"),
            Map.entry(AlignResult.class, "align"),
            Map.entry(SweepResult.class, "sweep"),
            Map.entry(TuneOutcome.class, "tune"),
            Map.entry(CompareResult.class, "compare"),
            Map.entry(MistakesResult.class, "mistakes"),
            Map.entry(SaveResult.class, "save"),
            Map.entry(ModelsResult.class, "models"),
            Map.entry(HelpResult.class, "help"),
            Map.entry(RecipeResult.class, "recipe"),
            Map.entry(RunsResult.class, "runs"),
            Map.entry(ScoreboardResult.class, "scoreboard"));

    private ResultRenderer() {}

    /**
     * JupyterLab and nbconvert show the HTML where there is any and leave the PNG aside, so the HTML holds the picture
     * too; papers, slides and clients without HTML take the PNG.
     */
    static DisplayData render(String command, Result result) {
        DisplayData data = new DisplayData(ResultText.of(command, result));
        Optional<Drawing> drawing = Picture.of(result).map(Drawing::of);
        drawing.ifPresent(d -> d.addTo(data));
        data.putHTML(html(command, result, drawing));
        data.putData(MIME_TYPE, ResultJson.asMap(ResultJson.of(command, result)));
        return data;
    }

    /** A result that a cell returned: as the command shows it that makes such results. */
    static DisplayData render(Result result) {
        return render(command(result), result);
    }

    /**
     * A result that is still growing, and soon to be replaced. It has no JSON, which would be taken for the result if
     * the work is interrupted.
     */
    static DisplayData draft(Result result) {
        String sentence = Sentences.of(result).orElse("");
        DisplayData data = new DisplayData(sentence);
        String image = Picture.of(result)
                .map(Drawing::draft)
                .map(d -> d.html(sentence))
                .orElse("");
        data.putHTML(Html.paragraph(sentence) + image);
        return data;
    }

    /** What a page shows: the sentence, the picture, the table. */
    static String html(String command, Result result, Optional<Drawing> drawing) {
        if (result instanceof HelpResult help) {
            return HelpText.of(help).html();
        }
        Optional<String> sentence = Sentences.of(result);
        if (sentence.isEmpty()) {
            return "<pre>" + Html.escape(ResultJson.of(command, result).toPrettyString()) + "</pre>";
        }
        return Html.paragraph(sentence.get())
                + drawing.map(d -> d.html(sentence.get())).orElse("")
                + (result instanceof MistakesResult mistakes ? Html.images(mistakes) : "")
                + Tables.shown(result)
                        .filter(table -> table.rowCount() > 0)
                        .map(Html::table)
                        .orElse("");
    }

    private static String command(Result result) {
        if (result instanceof ShrinkResult shrunk) {
            return shrunk.way();
        }
        if (result instanceof DryRun dryRun) {
            return dryRun.command();
        }
        return COMMANDS.getOrDefault(result.getClass(), "result");
    }
}
