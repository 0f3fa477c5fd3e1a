package ffmerge.plot;

import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.font.FontRenderContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.pdfbox.pdmodel.PDDocument;

/**
 * The letters of all figures: Liberation Sans, which PDFBox brings, so that a figure is the same on every machine and in
 * every form. Its letters are as wide as Arial's and Helvetica's, one of which nearly every reader of an SVG has.
 */
final class Type {
    /** For an SVG's readers, most of whom have one of them. */
    static final String FAMILIES = "Liberation Sans, Arial, Helvetica, sans-serif";

    /** From line to line, in the letters' size. */
    static final double LINE = 1.35;

    private static final double TITLE = 1.15;
    private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);
    private static final Font FONT = read();
    /** For letters that the font lacks, as Chinese ones in a model's name. */
    private static final Font ANY = new Font(Font.SANS_SERIF, Font.PLAIN, 1);

    private Type() {}

    private static Font read() {
        try (InputStream file = file()) {
            return Font.createFont(Font.TRUETYPE_FONT, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (FontFormatException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The font's file. */
    static InputStream file() {
        return PDDocument.class.getResourceAsStream("/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf");
    }

    static Font font(String text, double size) {
        Font font = FONT.canDisplayUpTo(text) < 0 ? FONT : ANY;
        return font.deriveFont((float) size);
    }

    static double width(String text, double size) {
        return font(text, size).getStringBounds(text, CONTEXT).getWidth();
    }

    /**
     * Writes a figure's title into its frame, in as many lines as it takes.
     *
     * @return where the rest of the figure begins
     */
    static double title(String title, Canvas canvas, Figure.Frame frame) {
        double em = frame.em();
        double size = TITLE * em;
        double line = frame.y() + 0.7 * em;
        if (title != null && !title.isBlank()) {
            for (String text : wrap(title, size, frame.width() - 2 * em)) {
                line += LINE * size;
                double middle = frame.x() + frame.width() / 2;
                canvas.text(text, middle, line - 0.35 * em, size, Canvas.Anchor.MIDDLE, false, Look.INK);
            }
        }
        return line + 0.5 * em;
    }

    /** What {@link #title} takes of a figure of this width. */
    static double titleHeight(String title, double em, double width) {
        int lines = title == null || title.isBlank()
                ? 0
                : wrap(title, TITLE * em, width - 2 * em).size();
        return (0.7 + LINE * TITLE * lines + 0.5) * em;
    }

    /** The text in as many lines as it takes, broken between words. */
    static List<String> wrap(String text, double size, double width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (!line.isEmpty() && width(line + " " + word, size) > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
