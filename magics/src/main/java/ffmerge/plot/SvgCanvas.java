package ffmerge.plot;

import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.PathIterator;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * An SVG: text is text, each mark has its title, and ground and ink change places where the reader's page is dark. Colours
 * of data stand on both grounds.
 */
final class SvgCanvas implements Canvas {
    private static final String NAMESPACE = "http://www.w3.org/2000/svg";

    /** Attributes give the light theme, which readers without style sheets show. */
    private static final String DARK = "@media (prefers-color-scheme: dark) {"
            + " .ground { fill: #111418 } .ink { fill: #dddddd } .inkline { stroke: #dddddd }"
            + " .grid { stroke: #3a3f45 } .quiet { fill: #3a3f45 } }";

    private final StringWriter text = new StringWriter();
    private final XMLStreamWriter xml;

    /**
     * @param unit of {@code width} and {@code height}: {@code pt}, or "" for a page's pixels
     * @param title what it is, for those who don't see it
     * @param description what it shows
     */
    SvgCanvas(double width, double height, String unit, String title, String description) {
        try {
            xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeCharacters("\n");
            xml.writeStartElement("svg");
            xml.writeDefaultNamespace(NAMESPACE);
            xml.writeAttribute("width", number(width) + unit);
            xml.writeAttribute("height", number(height) + unit);
            xml.writeAttribute("viewBox", "0 0 " + number(width) + " " + number(height));
            xml.writeAttribute("role", "img");
            xml.writeAttribute("font-family", Type.FAMILIES);
            element("title", title);
            element("desc", description);
            element("style", DARK);
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    String finish() {
        try {
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
        return text + "\n";
    }

    private void element(String name, String content) throws XMLStreamException {
        xml.writeStartElement(name);
        xml.writeCharacters(printable(content));
        xml.writeEndElement();
    }

    @Override
    public void fill(Shape shape, Color color) {
        try {
            xml.writeCharacters("\n");
            xml.writeEmptyElement("path");
            xml.writeAttribute("d", path(shape));
            paint("fill", color);
            String role = color.equals(Color.WHITE)
                    ? "ground"
                    : color.equals(Look.INK) ? "ink" : color.equals(Look.QUIET) ? "quiet" : "";
            role(role);
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void draw(Shape shape, Color color, double width, float... dash) {
        try {
            xml.writeCharacters("\n");
            xml.writeEmptyElement("path");
            xml.writeAttribute("d", path(shape));
            xml.writeAttribute("fill", "none");
            paint("stroke", color);
            xml.writeAttribute("stroke-width", number(width));
            xml.writeAttribute("stroke-linejoin", "round");
            if (dash.length > 0) {
                xml.writeAttribute(
                        "stroke-dasharray",
                        IntStream.range(0, dash.length)
                                .mapToObj(i -> number(dash[i]))
                                .collect(Collectors.joining(" ")));
            }
            role(color.equals(Look.INK) ? "inkline" : color.equals(Look.GRID) ? "grid" : "");
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void text(String words, double x, double y, double size, Anchor anchor, boolean upwards, Color color) {
        try {
            xml.writeCharacters("\n");
            xml.writeStartElement("text");
            xml.writeAttribute("x", number(x));
            xml.writeAttribute("y", number(y));
            xml.writeAttribute("font-size", number(size));
            if (!words.isBlank()) { // so that it fits in whatever letters a reader has
                xml.writeAttribute("textLength", number(Type.width(words, size)));
                xml.writeAttribute("lengthAdjust", "spacingAndGlyphs");
            }
            if (anchor != Anchor.START) {
                xml.writeAttribute("text-anchor", anchor == Anchor.MIDDLE ? "middle" : "end");
            }
            if (upwards) {
                xml.writeAttribute("transform", "rotate(-90 " + number(x) + " " + number(y) + ")");
            }
            paint("fill", color);
            role(color.equals(Look.INK) ? "ink" : "");
            xml.writeCharacters(printable(words));
            xml.writeEndElement();
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void begin(String title, double x, double y) {
        try {
            xml.writeCharacters("\n");
            xml.writeStartElement("g");
            role("mark");
            element("title", title);
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void end() {
        try {
            xml.writeEndElement();
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    private void role(String role) throws XMLStreamException {
        if (!role.isEmpty()) {
            xml.writeAttribute("class", role);
        }
    }

    private void paint(String what, Color color) throws XMLStreamException {
        xml.writeAttribute(what, String.format("#%02x%02x%02x", color.getRed(), color.getGreen(), color.getBlue()));
        if (color.getAlpha() < 255) {
            xml.writeAttribute(what + "-opacity", number(color.getAlpha() / 255.0));
        }
    }

    private static String path(Shape shape) {
        StringBuilder path = new StringBuilder();
        double[] at = new double[6];
        for (PathIterator parts = shape.getPathIterator(null); !parts.isDone(); parts.next()) {
            switch (parts.currentSegment(at)) {
                case PathIterator.SEG_MOVETO -> append(path, "M", at, 2);
                case PathIterator.SEG_LINETO -> append(path, "L", at, 2);
                case PathIterator.SEG_QUADTO -> append(path, "Q", at, 4);
                case PathIterator.SEG_CUBICTO -> append(path, "C", at, 6);
                default -> path.append("Z");
            }
        }
        return path.toString();
    }

    private static void append(StringBuilder path, String command, double[] at, int count) {
        path.append(command)
                .append(IntStream.range(0, count).mapToObj(i -> number(at[i])).collect(Collectors.joining(" ")));
    }

    /** A hundredth of a pixel is finer than any eye. */
    private static String number(double value) {
        return BigDecimal.valueOf(value)
                .setScale(2, RoundingMode.HALF_EVEN)
                .stripTrailingZeros()
                .toPlainString();
    }

    /** Without the characters that XML has no way to write. */
    private static String printable(String text) {
        return text.replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]", "\uFFFD");
    }
}
