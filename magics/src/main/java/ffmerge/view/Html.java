package ffmerge.view;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import ffmerge.plot.Picture;
import ffmerge.table.TableHtml;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tech.tablesaw.api.Table;

/** The few forms of HTML that notebooks keep also in pages that they don't trust: no style sheets, no inline SVG. */
public final class Html {
    private static final int WORTH_SORTING = 3;
    private static final String HOVER = script("hover.js");
    private static final String TABLE = script("table.js");

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
        return "<img style=\"max-width:100%;background:white;border-radius:6px\" width=\"" + width + "\" alt=\""
                + escape(description) + "\" src=\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(png) + "\">";
    }

    /**
     * What a reader is told who points at the marks of a picture of the page, or doesn't see it. It knows the picture by what it is made of, so
     * the two may stand apart; where scripts are off the picture is as it is.
     *
     * @param png of the picture
     * @param picture as wide as the page shows it
     */
    public static String hover(byte[] png, Picture picture) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (Picture.Spot spot : picture.spots()) {
            all.add(JsonNodeFactory.instance
                    .arrayNode()
                    .add(Math.round(spot.x()))
                    .add(Math.round(spot.y()))
                    .add(spot.title()));
        }
        String base64 = Base64.getEncoder().encodeToString(png);
        String key = base64.substring(Math.max(0, base64.length() - 80), Math.max(0, base64.length() - 24));
        String told = all + "," + JsonNodeFactory.instance.textNode(picture.description());
        return "<script>" + HOVER + "(\"" + key + "\"," + picture.width() + "," + told.replace("<", "\\u003c")
                + ")</script>";
    }

    /**
     * A table that scrolls by itself where it is wider than the page or very long. A click on a column's name sorts it, and a
     * long one can be searched; where scripts are off it is a plain table.
     */
    public static String table(Table table) {
        String scrolling = "<div style=\"overflow:auto;max-height:32em;font-variant-numeric:tabular-nums\">"
                + TableHtml.of(table) + "</div>";
        return table.rowCount() < WORTH_SORTING
                ? scrolling
                : "<div class=\"ffmerge-table\">" + scrolling + "<script>" + TABLE + "</script></div>";
    }

    private static String script(String name) {
        try (InputStream file = Html.class.getResourceAsStream(name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .replaceAll("(?m)^\\s*(//.*)?\\n?", "")
                    .strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
