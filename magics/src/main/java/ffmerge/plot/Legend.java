package ffmerge.plot;

import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;

/** What lines and marks mean, in as many rows as it takes. */
final class Legend {
    private static final double SAMPLE = 2.2;
    private static final double GAP = 1.4;
    private static final double ROW = 1.65;

    private final double em;
    private final List<List<XYSeries>> rows = new ArrayList<>();

    Legend(Collection<XYSeries> series, double em, double width) {
        this.em = em;
        List<XYSeries> named = series.stream().filter(XYSeries::isShowInLegend).toList();
        double used = Double.POSITIVE_INFINITY;
        for (XYSeries s : named) {
            double own = width(s) + GAP * em;
            if (used + own > width + GAP * em) {
                rows.add(new ArrayList<>());
                used = 0;
            }
            rows.get(rows.size() - 1).add(s);
            used += own;
        }
    }

    private double width(XYSeries s) {
        return (SAMPLE + 0.5) * em + Type.width(s.getLabel(), em);
    }

    double height() {
        return rows.isEmpty() ? 0 : (rows.size() * ROW + 0.4) * em;
    }

    void draw(Canvas canvas, double middle, double top) {
        double line = top;
        for (List<XYSeries> row : rows) {
            double left = middle - (row.stream().mapToDouble(this::width).sum() + (row.size() - 1) * GAP * em) / 2;
            for (XYSeries s : row) {
                entry(canvas, s, left, line + ROW * em / 2);
                left += width(s) + GAP * em;
            }
            line += ROW * em;
        }
    }

    private void entry(Canvas canvas, XYSeries s, double left, double middle) {
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
        canvas.text(s.getLabel(), right + 0.5 * em, middle + 0.36 * em, em, Canvas.Anchor.START, false, Look.INK);
    }
}
