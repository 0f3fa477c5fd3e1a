package ffmerge.study;

import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.cost.Flops;
import ffmerge.data.Split;
import ffmerge.data.Vocabulary;
import ffmerge.evaluate.Bootstrap;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Holm;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.MetricValue;
import ffmerge.model.ImageClassifier;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import ffmerge.result.CompareResult;
import ffmerge.result.Difference;
import ffmerge.result.Interval;
import ffmerge.result.Lineage;
import ffmerge.result.Step;
import ffmerge.result.TextProtocol;
import ffmerge.shrink.Outline;
import ffmerge.shrink.Ways;
import ffmerge.torch.Precision;
import ffmerge.workload.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Measures models side by side: quality, size, speed. */
public final class Comparison {
    private Comparison() {}

    /**
     * What was measured of a model.
     *
     * @param context tokens of an example
     * @param first the first example
     */
    private record Measured(
            String name, TransformerModel model, Metric metric, MetricValue value, int context, Latencies.Timed first) {
        Bootstrap bootstrap(int seed) {
            return Bootstrap.of(metric, value.scores(), seed);
        }
    }

    /**
     * @param models by name, in the order of the rows
     * @param workload of a model
     * @param axis what quality is set against; empty for what the models differ in
     * @param timed whether time is taken in turn between the models, by itself and of several examples at once; else
     *     quickly, of one
     * @param reference the name of the model that differences are taken to, on the same examples
     * @param seed of the draws of examples by which intervals are had
     * @param lineages how each model came to be, by its name
     * @param products in what precision the models multiply
     */
    public static CompareResult of(
            Map<String, TransformerModel> models,
            Function<TransformerModel, Workload> workload,
            Split split,
            int limit,
            Optional<CompareResult.Axis> axis,
            boolean timed,
            String reference,
            int seed,
            Function<String, Lineage> lineages,
            Precision products,
            Progress progress) {
        Map<String, Workload> workloads = new LinkedHashMap<>();
        models.forEach((name, model) -> workloads.put(name, workload.apply(model)));
        Map<String, Metric> metrics = new LinkedHashMap<>();
        workloads.forEach((name, own) -> metrics.put(name, own.metric(split, limit)));
        requireComparable(models, metrics);
        List<Measured> measured = new ArrayList<>();
        Set<String> data = new LinkedHashSet<>();
        for (Map.Entry<String, TransformerModel> entry : models.entrySet()) {
            TransformerModel model = entry.getValue();
            Workload own = workloads.get(entry.getKey());
            Metric metric = metrics.get(entry.getKey());
            MetricValue value = Evaluator.evaluate(model, metric, products, progress);
            data.add(own.data());
            measured.add(new Measured(
                    entry.getKey(),
                    model,
                    metric,
                    value,
                    context(model, own),
                    new Latencies.Timed(entry.getKey(), model, own.metric(split, 1), products)));
        }
        Map<String, Map<Integer, CompareResult.Latency>> latencies =
                Latencies.of(measured.stream().map(Measured::first).toList(), timed, reference, seed, progress);
        List<CompareResult.Row> rows = Holm.corrected(
                rows(measured, latencies, reference, seed, lineages),
                CompareResult.Row::difference,
                CompareResult.Row::with);
        return new CompareResult(
                String.join(" and ", data),
                split.label(),
                rows,
                axis.orElseGet(() -> CompareResult.Axis.of(rows)),
                whole(models, lineages),
                made(models, lineages),
                feedForwards(models),
                products.stated());
    }

    private static Map<String, Integer> feedForwards(Map<String, TransformerModel> models) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        models.forEach((name, model) -> counts.put(name, Outline.of(model).feedForwards()));
        return counts;
    }

    /** How those became smaller that did, as far as it can be seen in them still. */
    private static Map<String, CompareResult.Made> made(
            Map<String, TransformerModel> models, Function<String, Lineage> lineages) {
        Map<String, CompareResult.Made> made = new LinkedHashMap<>();
        for (String name : models.keySet()) {
            Lineage lineage = lineages.apply(name);
            List<Step> steps = lineage == null ? List.of() : Ways.BUILT_IN.seenIn(lineage);
            if (!steps.isEmpty()) {
                made.put(name, made(steps, lineage.tuningSteps()));
            }
        }
        return made;
    }

    private static CompareResult.Made made(List<Step> steps, int tuningSteps) {
        String title = steps.stream()
                .map(step -> Ways.BUILT_IN.title(step.way(), step.method()) + step.variant())
                .distinct()
                .collect(Collectors.joining(" + "));
        return new CompareResult.Made(title, steps.get(steps.size() - 1).words(), tuningSteps);
    }

    /**
     * Makes sure that the qualities of models compare, as {@link #of} does before it measures them.
     *
     * @throws UserError if they don't
     */
    public static void requireComparable(
            Map<String, TransformerModel> models,
            Function<TransformerModel, Workload> workload,
            Split split,
            int limit) {
        Map<String, Metric> metrics = new LinkedHashMap<>();
        models.forEach((name, model) -> metrics.put(name, workload.apply(model).metric(split, limit)));
        requireComparable(models, metrics);
    }

    /** A perplexity is of a tokenizer's tokens: another's, of fewer and longer ones, is higher for the same text. */
    private static void requireComparable(Map<String, TransformerModel> models, Map<String, Metric> metrics) {
        List<String> ofText = metrics.entrySet().stream()
                .filter(e -> e.getValue().protocol().isPresent())
                .map(Map.Entry::getKey)
                .toList();
        for (String name : ofText) {
            String first = ofText.get(0);
            TextProtocol protocol = metrics.get(name).protocol().orElseThrow();
            boolean ofTokens = List.of("window", "token").contains(protocol.weighting());
            if (ofTokens && !haveSameTokens(models.get(first), models.get(name))) {
                throw new UserError("'" + first + "' and '" + name + "' have different tokenizers, so that their"
                        + " perplexities of tokens don't compare: add --weighting byte");
            }
        }
    }

    private static boolean haveSameTokens(TransformerModel one, TransformerModel other) {
        boolean known = Stream.of(one, other)
                .allMatch(m -> m.origin() != null && m.origin().folder() != null);
        Optional<Boolean> same =
                known ? Vocabulary.isSame(one.origin().folder(), other.origin().folder()) : Optional.empty();
        // with one tokenizer a model may have more rows than there are tokens, for the sake of its width
        return same.orElseGet(
                () -> one.architecture().vocabulary() == other.architecture().vocabulary());
    }

    /** The model that all others were made from; else the largest, what adapters add left out where that can be. */
    private static String whole(Map<String, TransformerModel> models, Function<String, Lineage> lineages) {
        for (String name : models.keySet()) {
            Lineage own = lineages.apply(name);
            boolean original = models.keySet().stream()
                    .allMatch(other -> other.equals(name) || own.leadsTo(lineages.apply(other)));
            if (original) {
                return name;
            }
        }
        Comparator<Map.Entry<String, TransformerModel>> bySize =
                Comparator.comparingLong(e -> e.getValue().parameters().uniqueCount());
        Comparator<Map.Entry<String, TransformerModel>> plainLast = Comparator.comparing(
                e -> e.getValue().parameters().adapterSettings().isEmpty());
        return models.entrySet().stream()
                .max(plainLast.thenComparing(bySize))
                .orElseThrow()
                .getKey();
    }

    /** Tokens of an example, as attention looks back over them. */
    private static int context(TransformerModel model, Workload workload) {
        if (model instanceof ImageClassifier) {
            return workload.tokensPerExample();
        }
        if (model instanceof TranslationModel translator) {
            return translator.usualLength();
        }
        return workload.context()
                .orElseGet(() ->
                        model instanceof LanguageModel language ? language.context() : workload.tokensPerExample());
    }

    private static List<CompareResult.Row> rows(
            List<Measured> measured,
            Map<String, Map<Integer, CompareResult.Latency>> latencies,
            String reference,
            int seed,
            Function<String, Lineage> lineages) {
        Measured to = measured.stream()
                .filter(m -> m.name().equals(reference))
                .findFirst()
                .orElseThrow();
        Bootstrap ofReference = to.bootstrap(seed);
        return measured.stream()
                .map(m -> {
                    Bootstrap own = m == to ? ofReference : m.bootstrap(seed);
                    Optional<Difference> difference =
                            m != to && isPaired(m, to) ? own.difference(ofReference, reference) : Optional.empty();
                    return row(
                            m,
                            latencies.get(m.name()),
                            own.interval().orElse(null),
                            difference.orElse(null),
                            lineages.apply(m.name()));
                })
                .toList();
    }

    /** Whether the same examples were measured by the same protocol. */
    private static boolean isPaired(Measured one, Measured other) {
        return one.value().metric().equals(other.value().metric())
                && one.value().examples() == other.value().examples()
                && one.metric().protocol().equals(other.metric().protocol())
                && (one.metric().protocol().isEmpty() || haveSameTokens(one.model(), other.model()));
    }

    private static CompareResult.Row row(
            Measured m,
            Map<Integer, CompareResult.Latency> latencies,
            Interval interval,
            Difference difference,
            Lineage lineage) {
        return new CompareResult.Row(
                m.name(),
                m.value().metric(),
                m.value().value(),
                m.model().parameters().count(),
                m.model().parameters().uniqueCount(),
                m.model().parameters().bytes(),
                Saving.bytesOnDisk(m.model()),
                Flops.perToken(m.model(), m.context()),
                m.value().seconds(),
                m.value().tokensPerSecond(),
                latencies,
                interval,
                difference,
                m.metric().protocol().orElse(null),
                m.value().examples(),
                lineage.tuningTokens().orElse(null));
    }

    /**
     * What is scored of a model: the split, and one example again and again to time it.
     *
     * @param timed as {@link #of} takes it
     */
    public static List<Metric> scored(Workload workload, Split split, int limit, boolean timed) {
        List<Metric> scored = new ArrayList<>(List.of(workload.metric(split, limit)));
        scored.addAll(Collections.nCopies(Latencies.examples(timed), workload.metric(split, 1)));
        return scored;
    }
}
