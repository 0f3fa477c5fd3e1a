package ffmerge.plot;

import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;

/** What lines and marks mean, in as many rows as it takes; what is wider than all of them is broken between words. */
final class Legend {
    private static final double SAMPLE = 2.2;
    private static final double GAP = 1.4;
    private static final double ROW = 1.65;

    private final double em;
    private final List<List<Entry>> rows = new ArrayList<>();

    private record Entry(XYSeries series, List<String> lines) {}

    Legend(Collection<XYSeries> series, double em, double width) {
        this.em = em;
        List<XYSeries> named = series.stream().filter(XYSeries::isShowInLegend).toList();
        double used = Double.POSITIVE_INFINITY;
        for (XYSeries s : named) {
            Entry entry = new Entry(s, Type.wrap(s.getLabel(), em, width - (SAMPLE + 0.5) * em));
            double own = width(entry) + GAP * em;
            if (used + own > width + GAP * em) {
                rows.add(new ArrayList<>());
                used = 0;
            }
            rows.get(rows.size() - 1).add(entry);
            used += own;
        }
    }

    private double width(Entry entry) {
        double widest = entry.lines.stream()
                .mapToDouble(line -> Type.width(line, em))
                .max()
                .orElse(0);
        return (SAMPLE + 0.5) * em + widest;
    }

    double height() {
        return rows.isEmpty() ? 0 : rows.stream().mapToDouble(this::height).sum() + 0.4 * em;
    }

    private double height(List<Entry> row) {
        int lines = row.stream().mapToInt(entry -> entry.lines.size()).max().orElse(1);
        return (ROW + (lines - 1) * Type.LINE) * em;
    }

    void draw(Canvas canvas, double middle, double top) {
        double line = top;
        for (List<Entry> row : rows) {
            double left = middle - (row.stream().mapToDouble(this::width).sum() + (row.size() - 1) * GAP * em) / 2;
            for (Entry entry : row) {
                entry(canvas, entry, left, line + ROW * em / 2);
                left += width(entry) + GAP * em;
            }
            line += height(row);
        }
    }

    private void entry(Canvas canvas, Entry entry, double left, double middle) {
        XYSeries s = entry.series;
        XYSeriesRenderStyle style = s.getXYSeriesRenderStyle().orElse(XYSeriesRenderStyle.Line);
        double right = left + SAMPLE * em;
        if (style == XYSeriesRenderStyle.StepArea) {
            canvas.fill(
                    new Rectangle2D.Double(left, middle - 0.4 * em, SAMPLE * em, 0.8 * em),
                    XyPainter.pale(s.getLineColor()));
        }
        if (style != XYSeriesRenderStyle.Scatter) {
            canvas.draw(
                    new Line2D.Double(left, middle, right, middle),
                    s.getLineColor(),
                    s.getLineStyle().getLineWidth() * em / 13,
                    XyPainter.dash(s.getLineStyle(), em));
        }
        Mark mark = Mark.of(s.getMarker());
        double size = (mark.isRing() ? 5 : 9) * em / 13;
        XyPainter.paint(canvas, mark, (left + right) / 2, middle, size, s.getMarkerColor(), em);
        double line = middle + 0.36 * em;
        for (String text : entry.lines) {
            canvas.text(text, right + 0.5 * em, line, em, Canvas.Anchor.START, false, Look.INK);
            line += Type.LINE * em;
        }
    }
}
