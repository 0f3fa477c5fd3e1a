package ffmerge.lab;

import java.util.Locale;

/** Writes the few shapes that the labs' drawings are of. Coordinates are pixels of the page. */
final class Svg {
    private final StringBuilder shapes = new StringBuilder();

    Svg rectangle(double x, double y, double width, double height, String style) {
        return add("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>", x, y, width, height, style);
    }

    Svg circle(double x, double y, double radius, String style) {
        return add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" %s/>", x, y, radius, style);
    }

    Svg line(double x1, double y1, double x2, double y2, String style) {
        return add("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>", x1, y1, x2, y2, style);
    }

    /** @param anchor {@code start}, {@code middle} or {@code end} */
    Svg text(double x, double y, String anchor, String style, String text) {
        return add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>", x, y, anchor, style, escaped(text));
    }

    /** Another drawing's shapes, so many pixels further down. */
    Svg below(double y, Svg other) {
        add("<g transform=\"translate(0 %.1f)\">", y);
        shapes.append(other.shapes).append("</g>\n");
        return this;
    }

    private Svg add(String shape, Object... values) {
        shapes.append(String.format(Locale.ROOT, shape, values)).append('\n');
        return this;
    }

    /** The whole on white, so that it can be read on a dark page too. */
    Figure figure(double width, double height, String description) {
        String head = String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\""
                        + " role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n<title>%s</title>\n"
                        + "<rect width=\"100%%\" height=\"100%%\" rx=\"4\" fill=\"#fff\"/>\n",
                width,
                height,
                width,
                height,
                escaped(description));
        return new Figure(head + shapes + "</svg>\n", description);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
