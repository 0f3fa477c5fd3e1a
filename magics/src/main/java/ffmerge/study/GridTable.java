package ffmerge.study;

import ffmerge.Measure;
import ffmerge.evaluate.Bootstrap;
import ffmerge.evaluate.Holm;
import ffmerge.journal.CellLog;
import ffmerge.result.Difference;
import ffmerge.result.GridResult.Cell;
import ffmerge.result.GridResult.Row;
import ffmerge.result.GridResult.Shrunken;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Makes a grid's table of the cells that there are: differences, means over seeds, fronts. */
final class GridTable {
    private final Measure measure;
    private final List<Entry> entries;
    /** Of the reference, with each seed; one that has no seed is null's. */
    private final Map<Integer, Bootstrap> references = new LinkedHashMap<>();

    private final String reference;

    /**
     * A cell, and what is known of how sure it is.
     *
     * @param logged null where there is no model
     * @param bootstrap of its value; null where there is none
     * @param outcome why there is no model
     */
    record Entry(String way, Double size, Integer seed, CellLog.Logged logged, Bootstrap bootstrap, String outcome) {
        private Shrunken model() {
            return logged.entry().model();
        }
    }

    /** @param reference the way to which differences are taken */
    GridTable(Measure measure, List<Entry> entries, String reference) {
        this.measure = measure;
        this.entries = entries;
        this.reference = reference;
        entries.stream()
                .filter(entry -> entry.way().equals(reference) && entry.logged() != null)
                .forEach(entry -> references.put(entry.seed(), entry.bootstrap()));
    }

    /** Of the reference by the same seed; of one model by no seed or several, the mean of all. */
    private Optional<Bootstrap> reference(List<Entry> of) {
        List<Bootstrap> same = of.stream()
                .map(entry -> references.getOrDefault(entry.seed(), references.get(null)))
                .filter(Objects::nonNull)
                .toList();
        List<Bootstrap> all = same.size() == of.size() ? same : List.copyOf(references.values());
        return all.size() < 2 ? all.stream().findFirst() : Optional.of(Bootstrap.ofMean(all));
    }

    /** All cells in their order, those without a model too. */
    List<Cell> cells() {
        return Holm.corrected(entries.stream().map(this::cell).toList(), Cell::difference, Cell::with);
    }

    private Cell cell(Entry entry) {
        if (entry.logged() == null) {
            return Cell.missing(entry.way(), entry.size(), entry.seed(), entry.outcome());
        }
        return new Cell(
                entry.way(),
                entry.size(),
                entry.seed(),
                entry.model(),
                entry.logged().run(),
                difference(entry.bootstrap(), List.of(entry)),
                "");
    }

    /** Null of the reference itself. */
    private Difference difference(Bootstrap own, List<Entry> of) {
        return of.get(0).way().equals(reference)
                ? null
                : reference(of)
                        .flatMap(other -> own.difference(other, reference))
                        .orElse(null);
    }

    /** A row a way and size, in the order of their cells. */
    List<Row> rows() {
        Map<List<Object>, List<Entry>> groups = new LinkedHashMap<>();
        for (Entry entry : entries) {
            List<Object> group = new ArrayList<>(List.of(entry.way()));
            group.add(entry.size());
            groups.computeIfAbsent(group, g -> new ArrayList<>()).add(entry);
        }
        return Holm.corrected(groups.values().stream().map(this::row).toList(), Row::difference, Row::with);
    }

    private Row row(List<Entry> seeds) {
        Entry first = seeds.get(0);
        List<Entry> made =
                seeds.stream().filter(entry -> entry.logged() != null).toList();
        if (made.isEmpty()) {
            return Row.missing(first.way(), first.size(), first.outcome());
        }
        List<Double> values = made.stream().map(entry -> entry.model().value()).toList();
        Bootstrap mean = made.size() == 1
                ? made.get(0).bootstrap()
                : Bootstrap.ofMean(made.stream().map(Entry::bootstrap).toList());
        Shrunken largest = made.stream()
                .map(Entry::model)
                .max(Comparator.comparingLong(Shrunken::parameters))
                .orElseThrow();
        return new Row(
                first.way(),
                first.size(),
                values.stream().mapToDouble(value -> value).average().orElseThrow(),
                mean.interval().orElse(null),
                values,
                largest.parameters(),
                largest.bytes(),
                largest.removed(),
                latency(made),
                difference(mean, made),
                most(made, Shrunken::tuningTokens),
                most(made, Shrunken::adapterParameters),
                "");
    }

    private static Long most(List<Entry> seeds, Function<Shrunken, Long> of) {
        return seeds.stream()
                .map(Entry::model)
                .map(of)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElse(null);
    }

    private static Double latency(List<Entry> seeds) {
        List<Double> shares = seeds.stream()
                .map(entry -> entry.model().timeShare())
                .filter(Objects::nonNull)
                .toList();
        return shares.isEmpty()
                ? null
                : shares.stream().mapToDouble(share -> share).average().orElseThrow();
    }

    /** The rows that no other beats in both quality and what a model should have less of, by its name. */
    Map<String, List<Row>> fronts() {
        Map<String, List<Row>> fronts = new LinkedHashMap<>();
        fronts.put("parameters", front(Row::parameters));
        fronts.put("bytes", front(Row::bytes));
        if (rows().stream().anyMatch(row -> row.latency() != null)) {
            fronts.put("latency", front(Row::latency));
        }
        return fronts;
    }

    private List<Row> front(Function<Row, ? extends Number> what) {
        ToDoubleFunction<Row> amount = row -> what.apply(row).doubleValue();
        List<Row> measured = rows().stream()
                .filter(row -> row.isFinite() && what.apply(row) != null)
                .toList();
        return measured.stream()
                .filter(row -> measured.stream().noneMatch(other -> beats(other, row, amount)))
                .sorted(Comparator.comparingDouble(amount))
                .toList();
    }

    private boolean beats(Row other, Row row, ToDoubleFunction<Row> amount) {
        double less = amount.applyAsDouble(row) - amount.applyAsDouble(other);
        boolean isBetter = measure.isBetter(other.value(), row.value());
        boolean isAsGood = isBetter || Objects.equals(other.value(), row.value());
        return less >= 0 && isAsGood && (less > 0 || isBetter);
    }
}
