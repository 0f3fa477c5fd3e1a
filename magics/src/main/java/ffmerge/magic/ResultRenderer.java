package ffmerge.magic;

import ffmerge.result.Result;
import ffmerge.view.Html;
import ffmerge.view.ResultJson;
import ffmerge.view.View;
import ffmerge.view.Views;
import java.util.Optional;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** A result in every form that a notebook may ask for. */
record ResultRenderer(Views views) {
    static final String MIME_TYPE = "application/vnd.ffmerge+json";

    /**
     * JupyterLab and nbconvert show the HTML where there is any and leave the PNG aside, so the HTML holds the picture
     * too; papers, slides and clients without HTML take the PNG.
     */
    DisplayData render(String command, Result result) {
        DisplayData data = new DisplayData(ResultText.of(views, result));
        Optional<Drawing> drawing = views.picture(result).map(Drawing::of);
        drawing.ifPresent(d -> d.addTo(data));
        data.putHTML(html(result, drawing));
        data.putData(MIME_TYPE, ResultJson.asMap(ResultJson.of(command, result)));
        return data;
    }

    /** A result that a cell returned: as the command shows it that makes such results. */
    DisplayData render(Result result) {
        return render(views.of(result).command(result), result);
    }

    /**
     * A result that is still growing, and soon to be replaced. It has no JSON, which would be taken for the result if
     * the work is interrupted.
     */
    DisplayData draft(Result result) {
        String sentence = views.sentence(result);
        DisplayData data = new DisplayData(sentence);
        String image = views.picture(result)
                .map(Drawing::draft)
                .map(d -> d.html(sentence))
                .orElse("");
        data.putHTML(Html.paragraph(sentence) + image);
        return data;
    }

    /** What a page shows: the sentence, the picture, the table. */
    String html(Result result) {
        return html(result, views.picture(result).map(Drawing::of));
    }

    private String html(Result result, Optional<Drawing> drawing) {
        View<Result> view = views.of(result);
        return view.sentenceHtml(result)
                + drawing.map(d -> d.html(view.sentence(result))).orElse("")
                + view.moreHtml(result)
                + view.table(result)
                        .filter(table -> table.rowCount() > 0)
                        .map(Html::table)
                        .orElse("");
    }
}
