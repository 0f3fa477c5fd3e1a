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
import ffmerge.view.Views;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/**
 * The file that {@code --out} names: its ending says which form of the result it gets.
 *
 * @param width of its picture in a paper; empty for a page's
 */
record ResultFile(Path path, Form form, Views views, Optional<PaperWidth> width) implements ResultOutput {
    enum Form {
        JSON,
        CSV,
        PDF,
        PNG,
        SVG,
        HTML;

        String ending() {
            return "." + name().toLowerCase(Locale.ROOT);
        }

        boolean isPicture() {
            return this == PDF || this == PNG || this == SVG;
        }

        /** What a file's name says; empty where it says nothing. */
        static Optional<Form> of(String file) {
            Path last = UserPath.of(file).getFileName();
            String name = last == null ? "" : last.toString();
            return Arrays.stream(values())
                    .filter(f -> name.toLowerCase(Locale.ROOT).endsWith(f.ending())
                            && name.length() > f.ending().length())
                    .findFirst();
        }
    }

    ResultFile(Path path, Form form, Views views) {
        this(path, form, views, Optional.empty());
    }

    /**
     * The same with a picture for a paper.
     *
     * @throws UserError if the file gets no picture
     */
    ResultFile ofWidth(PaperWidth asked) {
        if (!form.isPicture()) {
            throw new UserError("--width is of pictures, and " + path + " gets none: name a .pdf, .png or .svg");
        }
        return new ResultFile(path, form, views, Optional.of(asked));
    }

    /**
     * Checks what can be checked before the work begins, as nobody wants to hear of a wrong ending an hour later.
     *
     * @param command whose result it will get
     * @param type of that result
     * @throws UserError if the ending is unknown, the result will have no such form, or the folder isn't there
     */
    static ResultFile of(String file, String command, Class<? extends Result> type, Views views) {
        Form form = form(file, command, type, views);
        Path path = UserPath.of(file);
        Path folder = path.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new UserError("cannot write '" + file + "': there is no folder " + folder);
        }
        FileKind.requireReplaceable(path);
        return new ResultFile(path, form, views);
    }

    /**
     * The form that a name says, whatever is there.
     *
     * @throws UserError if the ending is unknown, or the result will have no such form
     */
    static Form form(String file, String command, Class<? extends Result> type, Views views) {
        Form form = Form.of(file)
                .orElseThrow(() ->
                        new UserError("'" + file + "' says no format: --out takes a name that ends in " + endings()));
        if (form.isPicture() && !views.of(type).isDrawn()) {
            throw noPicture(command);
        }
        return form;
    }

    private static String endings() {
        return Arrays.stream(Form.values()).map(Form::ending).collect(Collectors.joining(", "));
    }

    private static UserError noPicture(String command) {
        return new UserError("the result of " + command + " has no picture: write it to .json, .csv or .html");
    }

    @Override
    public Path told() {
        return path;
    }

    @Override
    public void write(String command, Result result) {
        WholeFile.write(path, bytes(command, result));
    }

    private byte[] bytes(String command, Result result) {
        return switch (form) {
            case JSON -> (ResultJson.of(command, result).toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
            case CSV -> csv(command, result).getBytes(StandardCharsets.UTF_8);
            case PDF -> picture(command, result).pdf();
            case PNG -> picture(command, result).png();
            case SVG -> picture(command, result).svg().getBytes(StandardCharsets.UTF_8);
            case HTML -> page(command, result).getBytes(StandardCharsets.UTF_8);
        };
    }

    private Picture picture(String command, Result result) {
        Picture picture = views.picture(result).orElseThrow(() -> noPicture(command));
        return width.map(asked -> picture.ofWidth(asked.points())).orElse(picture);
    }

    /** All digits of all rows, also of those that a page leaves out. */
    private String csv(String command, Result result) {
        Table table = views.rows(result)
                .orElseThrow(() -> new UserError("the result of " + command + " is no table: write it to .json"));
        StringWriter csv = new StringWriter();
        table.write().csv(csv);
        return csv.toString();
    }

    private String page(String command, Result result) {
        return page(command, new ResultRenderer(views).html(result));
    }

    /** @param body HTML */
    static String page(String command, String body) {
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>ffmerge "
                + Html.escape(command)
                + "</title><style>th,td{padding:.15em .6em}</style></head>\n<body style=\"font-family:sans-serif\">\n"
                + body
                + "\n</body>\n</html>\n";
    }
}
