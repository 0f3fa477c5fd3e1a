package ffmerge.view;

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

    public static String paragraph(String text) {
        return "<div style=\"margin:.3em 0\">" + escape(text) + "</div>";
    }

    /**
     * A picture within the page.
     *
     * @param width in pixels of the page; the image may have more
     * @param description for those who don't see it
     */
    public static String image(byte[] png, int width, String description) {
        return "<img style=\"max-width:100%;background:white\" width=\"" + width + "\" alt=\"" + escape(description)
                + "\" src=\"data:image/png;base64," + Base64.getEncoder().encodeToString(png) + "\">";
    }

    /** A table that scrolls by itself where it is wider than the page or very long. */
    public static String table(Table table) {
        return "<div style=\"overflow:auto;max-height:32em\">" + TableHtml.of(table) + "</div>";
    }
}
