package ffmerge.view;

import ffmerge.plot.HeatMap;
import ffmerge.plot.ValueAxis;
import ffmerge.result.Labels;
import ffmerge.result.SweepResult;
import ffmerge.result.SweepResult.Row;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Windows of several lengths as maps, one a method: a row a length, a column a first layer, all in the same colours. */
final class WindowMaps {
    private static final int TICKS = 5;

    private WindowMaps() {}

    static List<HeatMap> of(SweepResult result) {
        ValueAxis axis = new ValueAxis(result.metric());
        double[] all = result.rows().stream()
                .mapToDouble(Row::value)
                .filter(Double::isFinite)
                .toArray();
        double least = Arrays.stream(all).min().orElse(0);
        double most = Arrays.stream(all).max().orElse(1);
        ValueAxis.Shares shares = axis.shares(least, most);
        List<HeatMap.Tick> ticks = IntStream.range(0, TICKS)
                .mapToObj(i -> (double) i / (TICKS - 1))
                .map(share -> new HeatMap.Tick(share, Labels.value(result.metric(), shares.value(share))))
                .toList();
        int starts = 1 + result.rows().stream().mapToInt(Row::start).max().orElse(0);
        List<String> lengths = result.lengths().stream()
                .sorted(Collections.reverseOrder())
                .map(String::valueOf)
                .toList();
        return result.methods().stream()
                .map(method -> new HeatMap(
                        900,
                        Math.min(520, 180 + 60 * lengths.size()),
                        SweepChart.title(result) + ", " + method.title(),
                        new HeatMap.Axis("first layer of the window", numbers(starts)),
                        new HeatMap.Axis("layers of a window", lengths),
                        axis.title(),
                        ticks,
                        cells(result, method.name(), lengths, starts, shares)))
                .toList();
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).toList();
    }

    /** Rows from the top; NaN where there is no window or no value. */
    private static double[][] cells(
            SweepResult result, String method, List<String> lengths, int starts, ValueAxis.Shares shares) {
        double[][] cells = new double[lengths.size()][];
        Arrays.setAll(
                cells,
                r -> DoubleStream.generate(() -> Double.NaN).limit(starts).toArray());
        for (Row row : result.rows()) {
            int length = row.layers().values().iterator().next().size();
            if (row.method().equals(method) && Double.isFinite(row.value())) {
                cells[lengths.indexOf(String.valueOf(length))][row.start()] = shares.share(row.value());
            }
        }
        return cells;
    }
}
