package ffmerge.magic;

import ffmerge.plot.Picture;
import ffmerge.result.Result;
import ffmerge.table.TableHtml;
import ffmerge.view.Html;
import ffmerge.view.ResultJson;
import ffmerge.view.Slide;
import ffmerge.view.View;
import ffmerge.view.Views;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** A result in every form that a notebook may ask for. */
record ResultRenderer(Views views) {
    static final String MIME_TYPE = "application/vnd.ffmerge+json";

    /**
     * What a command shows, one output below the other. JupyterLab and nbconvert show an output's HTML and leave its PNG
     * aside, and a picture had better not be stored twice: so it has an output of its own, with the result's text and
     * JSON, and the rest follows as HTML.
     */
    List<DisplayData> outputs(String command, Result result) {
        Optional<Drawing> drawing = views.picture(result).map(Drawing::of);
        if (drawing.isEmpty() || !drawing.get().isDrawn()) {
            return List.of(data(command, result, drawing));
        }
        DisplayData picture = named(command, result);
        drawing.get().addTo(picture);
        DisplayData rest = new DisplayData("");
        rest.putHTML(html(result, Optional.empty()) + drawing.get().hover());
        return List.of(picture, rest);
    }

    /**
     * A result that a cell returned, as the command shows it that makes such results. It has one output, so its picture
     * stands between sentence and table in the HTML, and nowhere else: it had better not be stored twice here either.
     */
    DisplayData render(Result result) {
        return data(
                views.of(result).command(result), result, views.picture(result).map(Drawing::of));
    }

    /** What a slider shows of a result where it stands. */
    String slide(Slide slide) {
        Drawing drawing = Drawing.of(new Picture(slide.charts().get()));
        String tables = slide.tables().get().stream()
                .map(table -> "<div>" + TableHtml.of(table) + "</div>")
                .collect(Collectors.joining());
        return "<h4 style=\"margin:.5em 0\">" + Html.escape(slide.title()) + "</h4>"
                + (drawing.isDrawn()
                        ? Html.image(drawing.png(), drawing.width(), slide.title() + ". " + drawing.description())
                        : Html.paragraph(drawing.problem()))
                + "<div class=\"jp-RenderedHTMLCommon\" style=\"display:flex;flex-wrap:wrap;gap:.5em 3em;align-items:flex-start;"
                + "font-variant-numeric:tabular-nums\">" + tables + "</div>";
    }

    /** A result of which a cell asked for the picture; the others as usual. */
    DisplayData renderPicture(Result result) {
        return outputs(views.of(result).command(result), result).get(0);
    }

    /** What a command shows, but for the picture. */
    DisplayData brief(String command, Result result) {
        return data(command, result, Optional.empty());
    }

    private DisplayData data(String command, Result result, Optional<Drawing> drawing) {
        DisplayData data = named(command, result);
        data.putHTML(html(result, drawing));
        return data;
    }

    private DisplayData named(String command, Result result) {
        DisplayData data = new DisplayData(ResultText.of(views, result));
        data.putData(MIME_TYPE, ResultJson.asMap(ResultJson.of(command, result)));
        return data;
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
