package ffmerge.plot;

import java.awt.Color;
import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.internal.chartpart.Chart;

/** Charts side by side as an image. Width and height are those that a page should give it, in CSS pixels. */
public final class Picture {
    /** Two of the image's pixels for one of the page's, as screens have it. */
    private static final double SHARP = 2;

    private final List<? extends Chart<?, ?>> charts;

    public Picture(List<? extends Chart<?, ?>> charts) {
        this.charts = List.copyOf(charts);
    }

    public int width() {
        return charts.stream().mapToInt(Chart::getWidth).sum();
    }

    public int height() {
        return charts.stream().mapToInt(Chart::getHeight).max().orElse(0);
    }

    /** With two pixels for each of {@link #width} and {@link #height}. */
    public byte[] png() {
        return png(SHARP, 0.5f);
    }

    /** With a pixel for each of {@link #width} and {@link #height}: for a picture that is soon replaced. */
    public byte[] draftPng() {
        return png(1, 0.8f);
    }

    /** @param haste 0 for the smallest file, 1 for the quickest */
    private byte[] png(double scale, float haste) {
        BufferedImage image =
                new BufferedImage((int) (scale * width()), (int) (scale * height()), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        g.scale(scale, scale);
        paint(g);
        g.dispose();
        return encode(image, haste);
    }

    private static byte[] encode(BufferedImage image, float haste) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ImageWriteParam how = writer.getDefaultWriteParam();
        how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        how.setCompressionQuality(haste);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(png)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), how);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return png.toByteArray();
    }

    /** As a document of its own; letters are outlines, so it looks the same without the fonts. */
    public String svg() {
        StringWriter svg = new StringWriter();
        try {
            SVGGraphics2D g = new SVGGraphics2D(DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument("http://www.w3.org/2000/svg", "svg", null));
            g.setSVGCanvasSize(new Dimension(width(), height()));
            paint(g);
            g.stream(svg, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException(e);
        }
        return svg.toString();
    }

    private void paint(Graphics2D g) {
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width(), height());
        int x = 0;
        for (Chart<?, ?> chart : charts) {
            int width = chart.getWidth();
            g.translate(x, 0);
            chart.paint(g, width, chart.getHeight());
            g.translate(-x, 0);
            x += width;
        }
    }
}
