package ffmerge.magic;

import ffmerge.result.MistakesResult;
import ffmerge.table.TableHtml;
import java.util.Base64;
import tech.tablesaw.api.Table;

/** The few forms of HTML that notebooks keep also in pages that they don't trust: no style sheets, no inline SVG. */
public final class Html {
    private Html() {}

    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    static String paragraph(String text) {
        return "<div style=\"margin:.3em 0\">" + escape(text) + "</div>";
    }

    /**
     * A picture within the page.
     *
     * @param width in pixels of the page; the image may have more
     * @param description for those who don't see it
     */
    static String image(byte[] png, int width, String description) {
        return "<img style=\"max-width:100%;background:white\" width=\"" + width + "\" alt=\"" + escape(description)
                + "\" src=\"data:image/png;base64," + Base64.getEncoder().encodeToString(png) + "\">";
    }

    /** Images side by side, each above its class and what the models take it for. */
    static String images(MistakesResult mistakes) {
        StringBuilder html = new StringBuilder();
        for (MistakesResult.Row row : mistakes.rows()) {
            StringBuilder caption = new StringBuilder("<b>" + escape(row.label()) + "</b>");
            row.predicted()
                    .forEach((model, predicted) -> caption.append("<br>")
                            .append(escape(model + ": " + predicted))
                            .append(predicted.equals(row.label()) ? " ✓" : ""));
            html.append("<div style=\"display:inline-block;margin:.3em .6em .3em 0;vertical-align:top\">")
                    .append("<img style=\"image-rendering:pixelated\" width=\"112\" alt=\"")
                    .append(escape(row.name()))
                    .append("\" src=\"data:image/png;base64,")
                    .append(row.png())
                    .append("\"><div style=\"font-size:85%\">")
                    .append(caption)
                    .append("</div></div>");
        }
        return "<div>" + html + "</div>";
    }

    /** A table that scrolls by itself where it is wider than the page or very long. */
    static String table(Table table) {
        return "<div style=\"overflow:auto;max-height:32em\">" + TableHtml.of(table) + "</div>";
    }
}
