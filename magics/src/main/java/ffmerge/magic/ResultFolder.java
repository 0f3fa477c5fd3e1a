package ffmerge.magic;

import ffmerge.FileKind;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.WholeFile;
import ffmerge.magic.command.PaperWidth;
import ffmerge.plot.Picture;
import ffmerge.result.Result;
import ffmerge.view.Html;
import ffmerge.view.ResultJson;
import ffmerge.view.View;
import ffmerge.view.Views;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/**
 * The folder that {@code --out} names: it gets a report that stands alone, the result as JSON, its tables as CSV and each of
 * its charts as a picture, and the recipe by which it is had again. What else is in it stays.
 */
record ResultFolder(Path path, Views views, Optional<PaperWidth> width) implements ResultOutput {
    private static final String REPORT = "report.html";
    private static final String RECIPE = "recipe.yaml";

    /**
     * @param width of its pictures in a paper; empty for a page's
     * @throws UserError if there can be no folder of this name
     */
    static ResultFolder of(String named, Views views, Optional<PaperWidth> width) {
        Path path = UserPath.of(named);
        FileKind kind = FileKind.behindLinks(path);
        if (kind != FileKind.NOTHING && kind != FileKind.FOLDER) {
            throw new UserError("cannot write into '" + named + "': it is " + kind.label());
        }
        Path above = path.toAbsolutePath().normalize().getParent();
        if (above != null && !Files.isDirectory(above)) {
            throw new UserError("cannot make the folder '" + named + "': there is no folder " + above);
        }
        return new ResultFolder(path, views, width);
    }

    @Override
    public Path told() {
        return path.resolve(REPORT);
    }

    @Override
    public void write(String command, Result result) {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw UserError.cannot("make the folder " + path, e);
        }
        View<Result> view = views.of(result);
        write("result.json", ResultJson.of(command, result).toPrettyString() + "\n");
        view.table(result).ifPresent(table -> write("table.csv", csv(table)));
        view.rows(result).ifPresent(table -> write("rows.csv", csv(table)));
        List<? extends Chart<?, ?>> charts = view.charts(result);
        StringBuilder pictures = new StringBuilder();
        for (int i = 0; i < charts.size(); i++) {
            Picture picture = new Picture(List.of(charts.get(i)));
            Drawing drawing = Drawing.of(picture);
            if (drawing.isDrawn()) {
                Picture sized =
                        width.map(asked -> picture.ofWidth(asked.points())).orElse(picture);
                String name = "picture-" + (i + 1);
                WholeFile.write(path.resolve(name + ".png"), width.isEmpty() ? drawing.png() : sized.png());
                WholeFile.write(path.resolve(name + ".pdf"), sized.pdf());
                write(name + ".svg", sized.svg());
            }
            pictures.append(drawing.html(charts.get(i).getTitle()));
        }
        write(REPORT, report(command, view, result, pictures.toString()));
    }

    @Override
    public void writeRecipe(Supplier<String> recipe) {
        write(RECIPE, "# The same again: environment/ffmerge exec " + RECIPE + "\n" + recipe.get());
    }

    private void write(String name, String text) {
        WholeFile.write(path.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private static String csv(Table table) {
        StringWriter csv = new StringWriter();
        table.write().csv(csv);
        return csv.toString();
    }

    /** All in one page, to be sent to somebody as it is. */
    private static String report(String command, View<Result> view, Result result, String pictures) {
        return ResultFile.page(
                command,
                view.sentenceHtml(result)
                        + pictures
                        + view.moreHtml(result)
                        + view.table(result).map(Html::table).orElse("")
                        + Html.paragraph("Each by itself, also in rows.csv and result.json:")
                        + view.rows(result).map(Html::table).orElse(""));
    }
}
