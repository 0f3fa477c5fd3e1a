package ffmerge.lab;

import ffmerge.permutation.LinearAssignment;
import ffmerge.permutation.Permutation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Shows the units of small FF sublayers, a row each: the weights that come in, the bias, the unit with its number, the
 * weights that go out. A unit keeps its number and colour wherever it goes.
 */
public final class Microscope {
    private static final int CELL = 13;
    private static final int ROW = 24;
    private static final int RADIUS = 9;
    private static final int MARGIN = 14;
    /** Of the title and of what stands above the columns. */
    private static final int HEAD = 44;

    private static final int FOOT = 26;
    private static final int FRAMES_A_ROW = 4;
    /** Between two sublayers that are matched. */
    private static final int BRIDGE = 120;
    /** Inputs by which units are matched. */
    private static final int SAMPLES = 2000;

    private static final String GREY = "fill=\"#555\"";
    private static final String BOLD = "fill=\"#111\" font-weight=\"bold\"";

    /** Okabe and Ito's colours, which people who see few colours tell apart. */
    private static final List<String> COLORS =
            List.of("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999");

    private Microscope() {}

    /** A sublayer, and what it gives for an input. */
    public static Figure look(SmallFeedForward sublayer, double... x) {
        Svg svg = new Svg();
        int[] order = Permutation.identity(sublayer.units()).order();
        frame(svg, MARGIN, sublayer, order, order, "FF of " + sublayer.units() + " units", List.of());
        String output = numbers(sublayer.output(x));
        svg.text(MARGIN, HEAD + sublayer.units() * ROW + 17, "start", BOLD, "out = " + output);
        return svg.figure(
                Math.max(width(sublayer), 8 * output.length() + 60) + 2 * MARGIN,
                HEAD + sublayer.units() * ROW + FOOT,
                "An FF sublayer of " + sublayer.units() + " units; out(" + numbers(x) + ") = " + output);
    }

    /** A sublayer brought into another order by swapping two units at a time, and what it gives for an input each time. */
    public static Figure steps(SmallFeedForward sublayer, double[] x, int... order) {
        List<int[]> orders = swaps(new Permutation(order));
        Svg svg = new Svg();
        int frameWidth = Math.max(width(sublayer), 150) + 2 * MARGIN;
        int frameHeight = HEAD + sublayer.units() * ROW + FOOT;
        double furthest = 0;
        for (int step = 0; step < orders.size(); step++) {
            int[] now = orders.get(step);
            SmallFeedForward permuted = sublayer.permuted(now);
            List<Integer> moved = step == 0 ? List.of() : differing(orders.get(step - 1), now);
            String title = step == 0 ? "as it is" : "places " + moved.get(0) + " and " + moved.get(1) + " swapped";
            double left = step % FRAMES_A_ROW * frameWidth + MARGIN;
            Svg frame = new Svg();
            frame(frame, left, permuted, now, now, title, moved);
            double[] output = permuted.output(x);
            frame.text(left, HEAD + sublayer.units() * ROW + 17, "start", BOLD, "out = " + numbers(output));
            svg.below(step / FRAMES_A_ROW * frameHeight, frame);
            furthest = Math.max(furthest, largestDifference(output, sublayer.output(x)));
        }
        int rows = (orders.size() + FRAMES_A_ROW - 1) / FRAMES_A_ROW;
        return svg.figure(
                Math.min(orders.size(), FRAMES_A_ROW) * frameWidth,
                rows * frameHeight,
                String.format(
                        Locale.ROOT,
                        "%d units brought into the order %s by %d swaps; out = %s before and after each, to %.0e",
                        sublayer.units(),
                        Arrays.toString(order),
                        orders.size() - 1,
                        numbers(sublayer.output(x)),
                        Math.max(furthest, 1e-16)));
    }

    /**
     * Two sublayers whose units are matched: unit j of the first with unit {@code order[j]} of the second, joined by a
     * line the thicker the more they are correlated, red where they are so negatively.
     */
    public static Figure match(SmallFeedForward first, SmallFeedForward second, int... order) {
        new Permutation(order);
        int n = first.units();
        double[] correlations = first.correlations(second, first.samples(SAMPLES, 0));
        double total = IntStream.range(0, n)
                .mapToDouble(j -> correlations[j * n + order[j]])
                .sum();
        double best = LinearAssignment.maximize(correlations, n).value();
        Svg svg = new Svg();
        int[] places = Permutation.identity(n).order();
        double right = MARGIN + width(first) + BRIDGE;
        frame(svg, MARGIN, first, places, places, "first", List.of());
        for (int j = 0; j < n; j++) {
            double correlation = correlations[j * n + order[j]];
            String color = correlation < 0 ? "#C00" : "#333";
            svg.line(
                    MARGIN + width(first) + 4,
                    middle(j),
                    right - 4,
                    middle(order[j]),
                    String.format(
                            Locale.ROOT,
                            "stroke=\"%s\" stroke-width=\"%.1f\"",
                            color,
                            0.5 + 4 * Math.abs(correlation)));
        }
        frame(svg, right, second, places, colorsOf(order), "second", List.of());
        String sum = String.format(
                Locale.ROOT, "correlations of the matched units sum to %.2f; the best order has %.2f", total, best);
        svg.text(MARGIN, HEAD + n * ROW + 17, "start", BOLD, sum);
        return svg.figure(
                Math.max(right + width(second) + MARGIN, 7.0 * sum.length()),
                HEAD + n * ROW + FOOT,
                "Matched by " + Arrays.toString(order) + ", " + sum);
    }

    /** The order that a solver of assignments finds: it makes the sum of correlations largest. */
    public static int[] solve(SmallFeedForward first, SmallFeedForward second) {
        double[] correlations = first.correlations(second, first.samples(SAMPLES, 0));
        return LinearAssignment.maximize(correlations, first.units())
                .permutation()
                .order();
    }

    /** A unit of the second sublayer is coloured as the unit of the first that it is matched with. */
    private static int[] colorsOf(int[] order) {
        return new Permutation(order).inverse().order();
    }

    /**
     * @param numbers of the units, place by place
     * @param colors of the units, by the same count
     */
    private static void frame(
            Svg svg,
            double left,
            SmallFeedForward sublayer,
            int[] numbers,
            int[] colors,
            String title,
            List<Integer> moved) {
        double outs = left + (sublayer.inputs() + 1) * CELL + 4 * RADIUS;
        svg.text(left, 16, "start", BOLD, title);
        svg.text(left, 36, "start", GREY, "W_in  b");
        svg.text(outs, 36, "start", GREY, "W_out");
        for (int place = 0; place < sublayer.units(); place++) {
            double y = middle(place);
            if (moved.contains(place)) {
                svg.rectangle(left - 4, y - ROW / 2.0 + 1, width(sublayer) + 8, ROW - 2, "rx=\"4\" fill=\"#FFF3C4\"");
            }
            for (int i = 0; i < sublayer.inputs(); i++) {
                cell(svg, left + i * CELL, y, sublayer.in()[place][i]);
            }
            cell(svg, left + sublayer.inputs() * CELL + 3, y, sublayer.inBias()[place]);
            double x = outs - 2 * RADIUS + 2;
            svg.circle(x, y, RADIUS, "fill=\"" + COLORS.get(colors[place] % COLORS.size()) + "\" stroke=\"#333\"");
            svg.text(x, y + 4, "middle", BOLD + " font-size=\"11\"", String.valueOf(numbers[place]));
            for (int o = 0; o < sublayer.outputs(); o++) {
                cell(svg, outs + o * CELL, y, sublayer.out()[o][place]);
            }
        }
    }

    /** A weight: orange above zero, blue below, the stronger the larger. */
    private static void cell(Svg svg, double x, double y, double weight) {
        double strength = Math.min(1, Math.abs(weight) / 2);
        int[] full = weight > 0 ? new int[] {213, 94, 0} : new int[] {0, 114, 178};
        String color = Arrays.stream(full)
                .mapToObj(c -> String.valueOf(Math.round(255 + (c - 255) * strength)))
                .collect(Collectors.joining(",", "rgb(", ")"));
        svg.rectangle(
                x, y - CELL / 2.0, CELL - 1, CELL - 1, "fill=\"" + color + "\" stroke=\"#bbb\" stroke-width=\"0.5\"");
    }

    private static int width(SmallFeedForward sublayer) {
        return (sublayer.inputs() + 1 + sublayer.outputs()) * CELL + 4 * RADIUS;
    }

    private static double middle(int row) {
        return HEAD + (row + 0.5) * ROW;
    }

    /** From the identity to an order, one swap after the other. */
    private static List<int[]> swaps(Permutation goal) {
        int[] now = Permutation.identity(goal.size()).order();
        List<int[]> orders = new ArrayList<>(List.of(now.clone()));
        for (int place = 0; place < now.length; place++) {
            if (now[place] != goal.order()[place]) {
                int other = indexOf(now, goal.order()[place]);
                now[other] = now[place];
                now[place] = goal.order()[place];
                orders.add(now.clone());
            }
        }
        return orders;
    }

    private static int indexOf(int[] values, int value) {
        return IntStream.range(0, values.length)
                .filter(i -> values[i] == value)
                .findFirst()
                .orElseThrow();
    }

    private static List<Integer> differing(int[] before, int[] after) {
        return IntStream.range(0, before.length)
                .filter(i -> before[i] != after[i])
                .boxed()
                .toList();
    }

    private static double largestDifference(double[] a, double[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> Math.abs(a[i] - b[i]))
                .max()
                .orElse(0);
    }

    private static String numbers(double[] values) {
        return Arrays.stream(values)
                .mapToObj(v -> String.format(Locale.ROOT, "%.3f", v))
                .collect(Collectors.joining(", ", "(", ")"));
    }
}
