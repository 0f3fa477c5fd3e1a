package ffmerge.plot;

import java.awt.Color;
import java.awt.Font;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.geom.AffineTransform;
import java.awt.geom.PathIterator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.apache.pdfbox.pdmodel.graphics.state.PDExtendedGraphicsState;
import org.apache.pdfbox.util.Matrix;

/** A PDF of one page, as large as the figure: text is text, and the letters that it takes are in the file. */
final class PdfCanvas implements Canvas, AutoCloseable {
    private final PDDocument document = new PDDocument();
    private final PDPageContentStream page;
    private final PDFont font;
    private final double height;

    /** In points, of which an inch has 72. */
    PdfCanvas(double width, double height, String title, String description) {
        this.height = height;
        try (InputStream letters = Type.file()) {
            font = PDType0Font.load(document, letters, true);
            PDPage only = new PDPage(new PDRectangle((float) width, (float) height));
            document.addPage(only);
            document.getDocumentInformation().setTitle(title);
            document.getDocumentInformation().setSubject(description);
            page = new PDPageContentStream(document, only);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] finish() {
        try {
            page.close();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            document.save(bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            document.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void fill(Shape shape, Color color) {
        try {
            page.saveGraphicsState();
            opacity(color);
            page.setNonStrokingColor(new Color(color.getRGB()));
            if (path(shape)) {
                page.fill();
            }
            page.restoreGraphicsState();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void draw(Shape shape, Color color, double width, float... dash) {
        try {
            page.saveGraphicsState();
            opacity(color);
            page.setStrokingColor(new Color(color.getRGB()));
            page.setLineWidth((float) width);
            page.setLineJoinStyle(1);
            page.setLineDashPattern(dash, 0);
            if (path(shape)) {
                page.stroke();
            }
            page.restoreGraphicsState();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void opacity(Color color) throws IOException {
        if (color.getAlpha() < 255) {
            PDExtendedGraphicsState state = new PDExtendedGraphicsState();
            state.setNonStrokingAlphaConstant(color.getAlpha() / 255f);
            state.setStrokingAlphaConstant(color.getAlpha() / 255f);
            page.setGraphicsStateParameters(state);
        }
    }

    @Override
    public void text(String text, double x, double y, double size, Anchor anchor, boolean upwards, Color color) {
        Font shown = Type.font(text, size);
        AffineTransform place = AffineTransform.getTranslateInstance(x, y);
        if (upwards) {
            place.rotate(-Math.PI / 2);
        }
        place.translate(-anchor.before * Type.width(text, size), 0);
        if (!has(text)) { // Chinese, say: its outlines, as the font in the file lacks it
            fill(
                    shown.createGlyphVector(new FontRenderContext(null, true, true), text)
                            .getOutline(),
                    place,
                    color);
            return;
        }
        try {
            page.beginText();
            page.setNonStrokingColor(color);
            page.setFont(font, (float) size);
            AffineTransform upright = AffineTransform.getTranslateInstance(0, height);
            upright.scale(1, -1);
            upright.concatenate(place);
            upright.scale(1, -1);
            page.setTextMatrix(new Matrix(upright));
            page.showText(text);
            page.endText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean has(String text) {
        try {
            font.encode(text);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    private void fill(Shape shape, AffineTransform place, Color color) {
        fill(place.createTransformedShape(shape), color);
    }

    /** @return whether there is anything of it */
    private boolean path(Shape shape) throws IOException {
        double[] at = new double[6];
        double x = 0;
        double y = 0;
        boolean any = false;
        for (PathIterator parts = shape.getPathIterator(null); !parts.isDone(); parts.next()) {
            int kind = parts.currentSegment(at);
            switch (kind) {
                case PathIterator.SEG_MOVETO -> page.moveTo((float) at[0], flipped(at[1]));
                case PathIterator.SEG_LINETO -> page.lineTo((float) at[0], flipped(at[1]));
                case PathIterator.SEG_QUADTO ->
                    page.curveTo(
                            (float) (x + 2 * (at[0] - x) / 3),
                            flipped(y + 2 * (at[1] - y) / 3),
                            (float) (at[2] + 2 * (at[0] - at[2]) / 3),
                            flipped(at[3] + 2 * (at[1] - at[3]) / 3),
                            (float) at[2],
                            flipped(at[3]));
                case PathIterator.SEG_CUBICTO ->
                    page.curveTo(
                            (float) at[0],
                            flipped(at[1]),
                            (float) at[2],
                            flipped(at[3]),
                            (float) at[4],
                            flipped(at[5]));
                default -> page.closePath();
            }
            int last = kind == PathIterator.SEG_CUBICTO ? 4 : kind == PathIterator.SEG_QUADTO ? 2 : 0;
            if (kind != PathIterator.SEG_CLOSE) {
                x = at[last];
                y = at[last + 1];
            }
            any = true;
        }
        return any;
    }

    /** A PDF counts from the bottom. */
    private float flipped(double y) {
        return (float) (height - y);
    }
}
