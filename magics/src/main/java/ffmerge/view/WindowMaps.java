package ffmerge.view;

import ffmerge.plot.HeatMap;
import ffmerge.plot.ValueAxis;
import ffmerge.result.SweepResult;
import ffmerge.result.SweepResult.Row;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Windows of several lengths as maps, one a method: a row a length, a column a first layer, all in the same colours. */
final class WindowMaps {
    private static final int TICKS = 5;
    private static final double FARTHEST = 3;

    private WindowMaps() {}

    /** The same with a window marked. */
    static List<HeatMap> of(SweepResult result, Map<String, List<Integer>> window) {
        List<Integer> layers = window.values().iterator().next();
        int row = lengths(result).indexOf(String.valueOf(layers.size()));
        return of(result).stream().map(map -> map.marking(row, layers.get(0))).toList();
    }

    private static List<String> lengths(SweepResult result) {
        return result.lengths().stream()
                .sorted(Collections.reverseOrder())
                .map(String::valueOf)
                .toList();
    }

    static List<HeatMap> of(SweepResult result) {
        ValueAxis axis = new ValueAxis(result.metric());
        Scale scale = Scale.of(result);
        int starts = 1 + result.rows().stream().mapToInt(Row::start).max().orElse(0);
        List<String> lengths = lengths(result);
        return result.methods().stream()
                .map(method -> new HeatMap(
                                900,
                                Math.min(520, 180 + 60 * lengths.size()),
                                SweepChart.title(result) + ", " + method.title(),
                                new HeatMap.Axis("first layer of the window", numbers(starts)),
                                new HeatMap.Axis("layers of a window", lengths),
                                SweepChart.axisTitle(axis, result),
                                scale.ticks(result),
                                cells(result, method.name(), lengths, starts, scale))
                        .hovering((row, start) -> told(result, method, lengths.get(row), start)))
                .toList();
    }

    private static String told(SweepResult result, SweepResult.Method method, String length, int start) {
        return result.rows().stream()
                .filter(row -> row.method().equals(method.name())
                        && row.start() == start
                        && row.length() == Integer.parseInt(length))
                .findFirst()
                .map(row -> SweepChart.told(result, method, row))
                .orElse("");
    }

    /**
     * What the colours stand for. A few ruined windows would leave all others one colour: what is more than so far from the
     * best as {@link #FARTHEST} times the median is drawn as if it were just there, and the bar says so.
     */
    private record Scale(double least, double most, boolean cutBelow, boolean cutAbove) {
        static Scale of(SweepResult result) {
            double[] sorted = result.rows().stream()
                    .mapToDouble(row -> SweepChart.drawn(result, row))
                    .filter(Double::isFinite)
                    .sorted()
                    .toArray();
            if (sorted.length == 0) {
                return new Scale(0, 1, false, false);
            }
            double least = sorted[0];
            double most = sorted[sorted.length - 1];
            double median = sorted[sorted.length / 2];
            boolean higher = result.metric().higherIsBetter();
            double far = FARTHEST * (higher ? most - median : median - least);
            boolean cut = far > 0 && most - least > far;
            return new Scale(
                    cut && higher ? most - far : least,
                    cut && !higher ? least + far : most,
                    cut && higher,
                    cut && !higher);
        }

        double share(double value) {
            return most > least ? Math.max(0, Math.min(1, (value - least) / (most - least))) : 0;
        }

        List<HeatMap.Tick> ticks(SweepResult result) {
            return IntStream.range(0, TICKS)
                    .mapToObj(i -> new HeatMap.Tick((double) i / (TICKS - 1), tick(result, i)))
                    .toList();
        }

        private String tick(SweepResult result, int i) {
            String beyond = cutBelow && i == 0 ? "≤ " : cutAbove && i == TICKS - 1 ? "≥ " : "";
            return beyond + SweepChart.label(result, least + (most - least) * i / (TICKS - 1));
        }
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).toList();
    }

    /** Rows from the top; NaN where there is no window or no value. */
    private static double[][] cells(SweepResult result, String method, List<String> lengths, int starts, Scale scale) {
        double[][] cells = new double[lengths.size()][];
        Arrays.setAll(
                cells,
                r -> DoubleStream.generate(() -> Double.NaN).limit(starts).toArray());
        for (Row row : result.rows()) {
            if (row.method().equals(method) && Double.isFinite(row.value())) {
                cells[lengths.indexOf(String.valueOf(row.length()))][row.start()] =
                        scale.share(SweepChart.drawn(result, row));
            }
        }
        return cells;
    }
}
