package ffmerge.view;

import ffmerge.result.Labels;
import ffmerge.result.MistakesResult;
import ffmerge.table.Columns;
import java.util.Optional;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** Images that classifiers mistake, to be looked at. */
final class MistakesView implements View<MistakesResult> {
    @Override
    public Class<MistakesResult> type() {
        return MistakesResult.class;
    }

    @Override
    public String command(MistakesResult result) {
        return "mistakes";
    }

    @Override
    public String outcome(MistakesResult r) {
        String wrong = r.wrong().values().stream().map(String::valueOf).collect(Collectors.joining(", "));
        return wrong + (wrong.equals("1") ? " image" : " images") + " mistaken";
    }

    @Override
    public boolean isList(MistakesResult result) {
        return true;
    }

    @Override
    public String sentence(MistakesResult r) {
        String wrong = r.wrong().entrySet().stream()
                .map(e -> e.getKey() + " mistakes " + Labels.count(e.getValue()))
                .collect(Collectors.joining(", "));
        return wrong + " of " + Labels.counted(r.examples(), "images") + " of " + r.data() + " " + r.split()
                + "; shown "
                + (r.rows().size() == 1 ? "is one." : "are " + r.rows().size() + ".");
    }

    @Override
    public Optional<Table> table(MistakesResult result) {
        Columns<MistakesResult.Row> columns = new Columns<>("mistakes", result.rows())
                .count("image", MistakesResult.Row::index)
                .text("class", MistakesResult.Row::label);
        result.wrong()
                .keySet()
                .forEach(model -> columns.text(model, r -> r.predicted().get(model)));
        return Optional.of(columns.table());
    }

    /** Images side by side, each above its class and what the models take it for. */
    @Override
    public String moreHtml(MistakesResult mistakes) {
        StringBuilder html = new StringBuilder();
        for (MistakesResult.Row row : mistakes.rows()) {
            StringBuilder caption = new StringBuilder("<b>" + Html.escape(row.label()) + "</b>");
            row.predicted()
                    .forEach((model, predicted) -> caption.append("<br>")
                            .append(Html.escape(model + ": " + predicted))
                            .append(predicted.equals(row.label()) ? " ✓" : ""));
            html.append("<div style=\"display:inline-block;margin:.3em .6em .3em 0;vertical-align:top\">")
                    .append("<img style=\"image-rendering:pixelated\" width=\"112\" alt=\"")
                    .append(Html.escape(row.name()))
                    .append("\" src=\"data:image/png;base64,")
                    .append(row.png())
                    .append("\"><div style=\"font-size:85%\">")
                    .append(caption)
                    .append("</div></div>");
        }
        return "<div>" + html + "</div>";
    }
}
