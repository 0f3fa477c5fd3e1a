package ffmerge.plot;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;

/**
 * The labelled places of an axis: round numbers, each written with as many digits as tell it from its neighbours, so that
 * no label stands there twice.
 *
 * @param minor places that have a line and no label
 */
record Ticks(List<Tick> labelled, List<Double> minor) {
    record Tick(double value, String label) {}

    /** Which multiples of each power of ten are labelled, from many to few. */
    private static final List<List<Integer>> OF_A_DECADE = List.of(
            List.of(1, 2, 3, 4, 5, 6, 7, 8, 9), List.of(1, 2, 3, 5, 7), List.of(1, 2, 5), List.of(1, 3), List.of(1));

    /** @param most as many labels as there is room for */
    static Ticks linear(double from, double to, int most) {
        double step = step((to - from) / Math.max(1, most));
        List<Double> places = new ArrayList<>();
        for (long i = (long) Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * step; i++) {
            places.add(i * step);
        }
        int digits = Math.max(
                0,
                new BigDecimal(step)
                        .round(new java.math.MathContext(6))
                        .stripTrailingZeros()
                        .scale());
        return new Ticks(
                places.stream()
                        .map(place -> new Tick(place, label(place, digits)))
                        .toList(),
                List.of());
    }

    /** Whole numbers with names, as many as there is room for. */
    static Ticks named(double from, double to, DoubleFunction<String> name, int most) {
        int first = (int) Math.ceil(from - 1e-9);
        int last = (int) Math.floor(to + 1e-9);
        int every = Math.max(1, (int) Math.ceil((last - first + 1.0) / Math.max(1, most)));
        List<Tick> all = IntStream.rangeClosed(first, last)
                .filter(i -> (i - first) % every == 0)
                .mapToObj(i -> new Tick(i, name.apply(i)))
                .filter(tick -> !tick.label().isBlank())
                .toList();
        return new Ticks(all, List.of());
    }

    static Ticks logarithmic(double from, double to, int most) {
        if (to / from < 4) { // too little of a decade for its multiples
            return linear(from, to, most);
        }
        List<Integer> chosen = OF_A_DECADE.stream()
                .filter(multiples -> places(from, to, multiples).size() <= most)
                .findFirst()
                .orElse(List.of(1));
        List<Double> places = places(from, to, chosen);
        int every = Math.max(1, (int) Math.ceil(places.size() / (double) Math.max(1, most)));
        List<Tick> labelled = IntStream.range(0, places.size())
                .filter(i -> i % every == 0)
                .mapToObj(places::get)
                .map(place -> new Tick(place, label(place, Math.max(0, -(int) Math.floor(Math.log10(place) + 1e-9)))))
                .toList();
        List<Double> minor = new ArrayList<>(places(from, to, OF_A_DECADE.get(0)));
        minor.removeIf(place -> labelled.stream().anyMatch(tick -> tick.value() == place));
        return new Ticks(labelled, every > 1 ? List.of() : minor);
    }

    private static List<Double> places(double from, double to, List<Integer> multiples) {
        List<Double> places = new ArrayList<>();
        for (int power = (int) Math.floor(Math.log10(from)); power <= Math.log10(to) + 1; power++) {
            for (int multiple : multiples) {
                double place =
                        BigDecimal.valueOf(multiple).scaleByPowerOfTen(power).doubleValue();
                if (place >= from * (1 - 1e-9) && place <= to * (1 + 1e-9)) {
                    places.add(place);
                }
            }
        }
        return places;
    }

    /** 1, 2 or 5 times a power of ten, and no less than asked for. */
    private static double step(double least) {
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        for (int multiple : new int[] {1, 2, 5, 10}) {
            if (multiple * power >= least * (1 - 1e-9)) {
                return BigDecimal.valueOf(multiple)
                        .multiply(BigDecimal.valueOf(power))
                        .round(new java.math.MathContext(6, RoundingMode.HALF_EVEN))
                        .doubleValue();
            }
        }
        return 10 * power;
    }

    private static String label(double value, int digits) {
        String label = String.format(Locale.ROOT, "%,." + digits + "f", value);
        return label.matches("-0(\\.0*)?") ? label.substring(1) : label;
    }
}
