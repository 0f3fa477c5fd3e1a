package ffmerge.view;

import ffmerge.plot.HeatMap;
import ffmerge.result.CkaResult;
import ffmerge.result.Labels;
import ffmerge.table.Columns;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import tech.tablesaw.api.Table;

/** Similarities layer by layer: stacks, where there are several, below each other in the table and side by side as maps. */
final class CkaView implements View<CkaResult> {
    private record Line(String stack, int layer, double[] values) {
        double value(int other) {
            return other < values.length ? values[other] : Double.NaN;
        }
    }

    @Override
    public Class<CkaResult> type() {
        return CkaResult.class;
    }

    @Override
    public String command(CkaResult result) {
        return "cka";
    }

    @Override
    public String outcome(CkaResult r) {
        String alike = likestNeighbours(r);
        return alike.isEmpty() ? "CKA of one layer" : "most alike " + alike;
    }

    @Override
    public boolean isList(CkaResult result) {
        return true;
    }

    @Override
    public String sentence(CkaResult r) {
        String alike = likestNeighbours(r);
        return (r.model().isEmpty() ? "" : r.model() + ": ") + "CKA of the " + r.site() + " sublayers over "
                + tokens(r) + (r.data().isEmpty() ? "" : " of " + r.data() + " " + r.split())
                + Labels.blocks(r.context())
                + (alike.isEmpty() ? "." : "; the neighbours most alike are " + alike + ".")
                + Labels.precision(r.precision());
    }

    /** Of each stack where they differ. */
    private static String tokens(CkaResult r) {
        boolean alike = r.tokensByStack().values().stream().distinct().count() < 2;
        return alike
                ? Labels.count(r.tokens()) + " tokens"
                : r.tokensByStack().entrySet().stream()
                                .map(e -> Labels.count(e.getValue()) + " " + e.getKey())
                                .collect(Collectors.joining(" and "))
                        + " tokens";
    }

    /** Of each stack; empty where none has neighbours. */
    private static String likestNeighbours(CkaResult r) {
        return r.stacks().entrySet().stream()
                .filter(stack -> stack.getValue().length > 1)
                .map(stack -> likestNeighbours(stack.getKey(), stack.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String likestNeighbours(String stack, double[][] values) {
        int first = 0;
        for (int layer = 1; layer + 1 < values.length; layer++) {
            first = values[layer][layer + 1] > values[first][first + 1] ? layer : first;
        }
        return first + " and " + (first + 1) + " in the " + stack + " (" + Labels.number(values[first][first + 1])
                + ")";
    }

    @Override
    public Optional<Table> table(CkaResult result) {
        List<Line> lines = new ArrayList<>();
        int most = 0;
        for (String stack : result.stacks().keySet()) {
            double[][] values = result.stacks().get(stack);
            for (int layer = 0; layer < values.length; layer++) {
                lines.add(new Line(stack, layer, values[layer]));
            }
            most = Math.max(most, values.length);
        }
        Columns<Line> columns = new Columns<>("similarity", lines);
        if (result.stacks().size() > 1) {
            columns.text("stack", Line::stack);
        }
        columns.count("layer", Line::layer);
        for (int layer = 0; layer < most; layer++) {
            int other = layer;
            columns.numbers(String.valueOf(layer), "0.00", line -> line.value(other));
        }
        return Optional.of(columns.table());
    }

    @Override
    public boolean isDrawn() {
        return true;
    }

    /** A heat map a stack, all in the same colours. */
    @Override
    public List<HeatMap> charts(CkaResult result) {
        int width = result.stacks().size() == 1 ? 620 : 500;
        ColorScale scale = ColorScale.of(result);
        return result.stacks().entrySet().stream()
                .map(stack -> {
                    double[][] values = stack.getValue();
                    HeatMap.Axis layers = new HeatMap.Axis(
                            result.site() + " sublayer of layer",
                            IntStream.range(0, values.length)
                                    .mapToObj(String::valueOf)
                                    .toList());
                    return HeatMap.square(
                                    width,
                                    width - 80,
                                    (result.model() + " " + stack.getKey()).strip(),
                                    layers,
                                    layers,
                                    scale.title(),
                                    scale.ticks(),
                                    scale.shares(values))
                            .hovering((row, column) -> "layers " + row + " and " + column + ": CKA "
                                    + String.format(Locale.ROOT, "%.3f", values[row][column]));
                })
                .toList();
    }

    /**
     * Which value has which colour.
     *
     * @param isWhole whether the diagonal, which is 1 always, is shown too
     */
    private record ColorScale(double least, double most, boolean isWhole) {
        static ColorScale of(CkaResult result) {
            double[] others = result.stacks().values().stream()
                    .flatMapToDouble(ColorScale::offDiagonal)
                    .filter(Double::isFinite)
                    .sorted()
                    .toArray();
            boolean spans = others.length > 0 && others[0] < others[others.length - 1];
            return result.scale() == CkaResult.Scale.OFF_DIAGONAL && spans
                    ? new ColorScale(others[0], others[others.length - 1], false)
                    : new ColorScale(0, 1, true);
        }

        private static DoubleStream offDiagonal(double[][] values) {
            return IntStream.range(0, values.length)
                    .boxed()
                    .flatMapToDouble(row -> IntStream.range(0, values[row].length)
                            .filter(column -> column != row)
                            .mapToDouble(column -> values[row][column]));
        }

        String title() {
            return isWhole ? "CKA" : "CKA of different layers";
        }

        List<HeatMap.Tick> ticks() {
            return HeatMap.ticks(least, most);
        }

        double[][] shares(double[][] values) {
            double[][] shares = new double[values.length][];
            for (int row = 0; row < values.length; row++) {
                shares[row] = new double[values[row].length];
                for (int column = 0; column < values[row].length; column++) {
                    double share = (values[row][column] - least) / (most - least);
                    shares[row][column] = !isWhole && row == column ? Double.NaN : Math.max(0, Math.min(1, share));
                }
            }
            return shares;
        }
    }
}
