package ffmerge.magic;

import ffmerge.correlation.CorrelationMatrix;
import ffmerge.lab.Figure;
import ffmerge.model.TransformerModel;
import ffmerge.plot.CorrelationMap;
import ffmerge.plot.Picture;
import ffmerge.result.CkaResult;
import ffmerge.result.InfoResult;
import ffmerge.result.Result;
import ffmerge.similarity.SimilarityMatrix;
import ffmerge.study.ModelInfos;
import ffmerge.table.TableText;
import ffmerge.view.Html;
import ffmerge.view.Views;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/** How Java values look that a cell returns: results, models, matrices, and what Tablesaw and XChart make. */
record Renderers(ResultRenderer results, Function<TransformerModel, String> names) {
    /** More rows than are read; the table itself has them all. */
    private static final int MOST_ROWS = 100;

    /** Where nobody has named models. */
    static void register(Renderer renderer, Views views) {
        register(renderer, views, model -> model.architecture().title());
    }

    /** @param names what models are called */
    static void register(Renderer renderer, Views views, Function<TransformerModel, String> names) {
        Renderers own = new Renderers(new ResultRenderer(views), names);
        register(renderer, Result.class, own::result);
        register(renderer, TransformerModel.class, own::model);
        register(renderer, SimilarityMatrix.class, own::similarities);
        register(renderer, CorrelationMatrix.class, Renderers::correlations);
        register(renderer, Chart.class, (chart, picture) -> chart(chart));
        register(renderer, Table.class, (table, picture) -> table(table));
        register(renderer, Figure.class, (figure, picture) -> figure(figure));
    }

    private interface Rendering<T> {
        /** @param picture whether the picture was asked for, as by {@code display(value, "image/png")} */
        DisplayData of(T value, boolean picture);
    }

    private static <T> void register(Renderer renderer, Class<T> type, Rendering<T> rendering) {
        renderer.createRegistration(type)
                .preferring("text/plain", "text/html", ResultRenderer.MIME_TYPE)
                .supporting("image/png")
                .register((value, context) -> context.getOutputContainer()
                        .assign(rendering.of(value, context.wantsDataRenderedAs(MIMEType.IMAGE_PNG))));
    }

    private DisplayData result(Result result, boolean picture) {
        return picture ? results.renderPicture(result) : results.render(result);
    }

    private DisplayData model(TransformerModel model, boolean picture) {
        return result(new InfoResult(ModelInfos.of(names.apply(model), model)), picture);
    }

    private DisplayData similarities(SimilarityMatrix matrix, boolean picture) {
        return result(
                CkaResult.of("", matrix.site().label(), matrix.tokens(), Map.of(matrix.stack(), matrix.values())),
                picture);
    }

    private static DisplayData correlations(CorrelationMatrix matrix, boolean picture) {
        int units = matrix.size();
        int largest = matrix.indexOfLargest();
        String sentence = String.format(
                Locale.ROOT,
                "Correlations of %d units with %d; left in place they sum to %.2f, and the largest is %.3f, of the anchor's"
                        + " unit %d with unit %d.",
                units,
                units,
                matrix.trace(),
                matrix.values()[largest],
                largest / units,
                largest % units);
        int block = matrix.block(CorrelationMap.MOST_CELLS);
        Drawing drawing =
                Drawing.of(new Picture(List.of(CorrelationMap.of(units, block, matrix.largestMagnitudes(block)))));
        DisplayData data = new DisplayData(sentence);
        if (picture && drawing.isDrawn()) {
            drawing.addTo(data);
        } else {
            data.putHTML(Html.paragraph(sentence) + drawing.html(sentence));
        }
        return data;
    }

    private static DisplayData chart(Chart<?, ?> chart) {
        Drawing drawing = Drawing.of(new Picture(List.of(chart)));
        String title = chart.getTitle() == null || chart.getTitle().isBlank() ? "chart" : chart.getTitle();
        DisplayData data = new DisplayData(title);
        if (drawing.isDrawn()) {
            drawing.addTo(data);
        } else {
            data.putHTML(drawing.html(title));
        }
        return data;
    }

    private static DisplayData figure(Figure figure) {
        DisplayData data = new DisplayData(figure.description());
        data.putSVG(figure.svg());
        return data;
    }

    private static DisplayData table(Table table) {
        Table head = table.rowCount() > MOST_ROWS ? table.first(MOST_ROWS) : table;
        String rest = head == table ? "" : "the first " + MOST_ROWS + " of " + table.rowCount() + " rows";
        DisplayData data = new DisplayData(TableText.of(head) + (rest.isEmpty() ? "" : "\n" + rest));
        data.putHTML(Html.table(head) + (rest.isEmpty() ? "" : Html.paragraph(rest)));
        return data;
    }
}
