package ffmerge.journal;

import ffmerge.Counted;
import ffmerge.Measure;
import ffmerge.align.Protocol;
import ffmerge.architecture.Branch;
import ffmerge.evaluate.Perplexity;
import ffmerge.result.Lineage;
import ffmerge.result.Run;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.Step;
import ffmerge.result.Subject;
import ffmerge.result.TextProtocol;
import ffmerge.shrink.Ways;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Puts what was logged beside what was published. Each number is set against its own baseline first. */
public final class Scoreboard {
    private final Published published = Published.load();
    private final List<Run> runs;
    private final List<Measured> all;
    private final Ways ways;

    private Scoreboard(List<Run> runs, Ways ways) {
        this.runs = runs;
        this.all = runs.stream().flatMap(run -> Measured.of(run).stream()).toList();
        this.ways = ways;
    }

    /**
     * @param runs oldest first
     * @param ways that say what became of a model and how that is called
     */
    public static ScoreboardResult of(List<Run> runs, Ways ways) {
        Scoreboard board = new Scoreboard(runs, ways);
        return new ScoreboardResult(
                board.published.source(),
                board.latest().stream().flatMap(m -> board.row(m).stream()).toList());
    }

    /** The last measurement of each compressed model on the same data; its making only where nothing else is known. */
    private List<Measured> latest() {
        Map<String, Measured> latest = new LinkedHashMap<>();
        for (Measured m : all) {
            if (ways.seenIn(m.lineage()).isEmpty()) {
                continue;
            }
            boolean only = m.data().isEmpty();
            if (only
                    && all.stream()
                            .anyMatch(o -> !o.data().isEmpty()
                                    && o.lineage().toString().equals(m.lineage().toString()))) {
                continue;
            }
            String key = m.lineage() + "\n" + m.measuredHow();
            latest.remove(key);
            latest.put(key, m);
        }
        return List.copyOf(latest.values());
    }

    private Optional<ScoreboardResult.Row> row(Measured m) {
        Optional<Measured> whole = baseline(m);
        long before =
                whole.map(Measured::parameters).or(() -> wholeParameters(m)).orElse(0L);
        double parametersRemoved = before == 0 ? Double.NaN : 1 - (double) m.parameters() / before;
        double baseline = whole.map(Measured::value).orElse(Double.NaN);
        double feedForwards = (double) m.removed().feedForwards() / m.feedForwards();
        return published.ofFamily(m.subject().family()).map(p -> {
            // with whole layers more than their FF sublayers went
            Published.Row row = m.removed().feedForwards() > 0 && m.removed().layers() == 0
                    ? p.nearest(feedForwards, parametersRemoved)
                    : p.nearest(parametersRemoved);
            Kind kind = Kind.of(ways.seenIn(m.lineage()), ways);
            double theirs = row.value(kind.published());
            double theirChange = theirs / p.baseline() - 1;
            double change = m.value() / baseline - 1;
            Measure metric = m.metric() == null ? p.metric() : m.metric();
            return new ScoreboardResult.Row(
                    m.run().time(),
                    m.run().command(),
                    m.model(),
                    m.lineage().source(),
                    kind.methods(),
                    kind.layers(),
                    m.lineage().tuningSteps(),
                    m.lineage().tuningTokens().orElse(null),
                    metric,
                    m.value(),
                    baseline,
                    change,
                    feedForwards,
                    parametersRemoved,
                    new ScoreboardResult.PublishedRow(
                            p.title(),
                            row.window(),
                            theirs,
                            p.baseline(),
                            theirChange,
                            (double) row.removed() / p.layers(),
                            row.parametersRemoved(),
                            Published.Row.title(kind.published()),
                            p.metric()),
                    metric.name().equals(p.metric().name()) ? change - theirChange : Double.NaN,
                    ProtocolDifferences.of(m, whole, p, row, kind),
                    kind.title());
        });
    }

    /** Of the model that was loaded, as the log knows it or the steps from there say. */
    private Optional<Long> wholeParameters(Measured m) {
        String source = m.lineage().source();
        return runs.stream()
                .flatMap(
                        run -> Stream.concat(run.provenance().models().values().stream(), run.made().values().stream()))
                .filter(s -> s.history() != null
                        && s.history().isKnown()
                        && s.history().source().equals(source)
                        && !s.history().isShrunk())
                .map(Subject::parameters)
                .findFirst()
                .or(() -> m.lineage().isCounted()
                        ? Optional.of(m.parameters() + m.removed().parameters())
                        : Optional.empty());
    }

    /**
     * What became of a model, by all that was done to it and can be seen still.
     *
     * @param methods {@code drop + permute}
     * @param title the same as tables have it
     * @param layers that were changed; each time counted in the model of that time
     * @param published the paper's method that is set beside it
     */
    private record Kind(String methods, String title, String layers, String published) {
        private static final String AND = " + ";

        static Kind of(List<Step> seen, Ways ways) {
            List<String> methods = seen.stream().map(Step::method).distinct().toList();
            return new Kind(
                    String.join(AND, methods),
                    seen.stream()
                            .map(step -> ways.title(step.way(), step.method()))
                            .distinct()
                            .collect(Collectors.joining(AND)),
                    seen.stream()
                            .map(Step::layers)
                            .filter(layers -> !layers.isEmpty())
                            .collect(Collectors.joining(AND)),
                    Published.METHODS.stream()
                            .filter(methods::contains)
                            .findFirst()
                            .orElse(Published.METHODS.get(0)));
        }
    }

    /** The unchanged model, measured alike: in the same run if it is there, else lately. */
    private Optional<Measured> baseline(Measured m) {
        Comparator<Measured> sameRun = Comparator.comparing(o -> o.run() == m.run());
        return all.stream()
                .filter(o -> !o.lineage().isShrunk())
                .filter(o -> o.lineage().source().equals(m.lineage().source()))
                .filter(m::isMeasuredAs)
                .max(sameRun.thenComparing(o -> o.run().time()));
    }

    /** The differences in protocol between a measurement and a published row. */
    private static final class ProtocolDifferences {
        private static final String WEIGHTING = Perplexity.Weighting.WINDOW.label();

        private ProtocolDifferences() {}

        static List<String> of(
                Measured m, Optional<Measured> whole, Published.Model published, Published.Row row, Kind kind) {
            List<String> differs = new ArrayList<>();
            Lineage lineage = m.lineage();
            String hubName = published.hub().substring(published.hub().indexOf('/') + 1);
            if (!lineage.source().equals(hubName)) {
                int layers = m.subject().layers() + m.removed().layers();
                differs.add("model " + lineage.source() + " of " + Counted.of(layers, "layers") + ", theirs "
                        + published.title() + " of " + published.layers());
            }
            String theirData = published.data() + " " + published.split();
            if (m.metric() != null && !(m.data() + " " + m.split()).equalsIgnoreCase(theirData)) {
                differs.add("data " + (m.data() + " " + m.split()).strip() + ", theirs " + theirData);
            }
            if (m.metric() != null
                    && !m.metric().name().equals(published.metric().name())) {
                differs.add(
                        m.metric().title() + ", theirs " + published.metric().title());
            }
            if (m.scoring() != null && published.context() > 0) {
                scoring(m.scoring(), published.context()).forEach(differs::add);
            }
            differs.add("tuning " + steps(lineage.tuningSteps()) + ", theirs up to " + steps(published.tuning()));
            whole.filter(w -> published.tunedBaseline() && w.lineage().tuningSteps() == 0)
                    .ifPresent(w -> differs.add("baseline not tuned, theirs is"));
            if (!kind.layers().equals(row.window())) {
                differs.add((kind.layers().isEmpty() ? "all layers" : "layers " + kind.layers()) + ", theirs "
                        + row.window());
            }
            options(m, lineage, kind).forEach(differs::add);
            return differs;
        }

        /** What is scored otherwise than in the paper: in windows of a context, half of it apart, each of them alike. */
        private static Stream<String> scoring(TextProtocol ours, int context) {
            List<String> differs = new ArrayList<>();
            if (ours.context() != context || ours.stride() != context / 2) {
                differs.add(String.format(
                        "context %d with stride %d, theirs %d with %d",
                        ours.context(), ours.stride(), context, context / 2));
            }
            if (!ours.weighting().equals(WEIGHTING)) {
                differs.add("perplexity weighted by " + ours.weighting() + ", theirs by " + WEIGHTING);
            }
            return differs.stream();
        }

        private static String steps(int steps) {
            return steps == 0 ? "none" : Counted.of(steps, "steps");
        }

        private static Stream<String> options(Measured m, Lineage lineage, Kind kind) {
            List<String> differs = new ArrayList<>();
            if (!kind.methods().equals(kind.published())) {
                differs.add(kind.title() + ", theirs " + Published.Row.title(kind.published()));
            }
            if (lineage.option("protocol").filter(Protocol.OURS.label()::equals).isPresent()) {
                differs.add("protocol ours, theirs leaves out the last window");
            }
            lineage.option("anchor")
                    .filter(anchor -> !anchor.equals("first"))
                    .ifPresent(anchor -> differs.add("anchor " + anchor + ", theirs first"));
            lineage.option("features")
                    .filter(features -> !features.equals("up"))
                    .ifPresent(features -> differs.add("units matched by " + features + ", theirs by up"));
            lineage.option("site")
                    .filter(Branch.ATTENTION.label()::equals)
                    .ifPresent(site -> differs.add("of attention sublayers, theirs not"));
            lineage.option("average").ifPresent(average -> differs.add("average " + average + ", theirs the mean"));
            lineage.option("rescale").ifPresent(rescale -> differs.add("outputs rescaled, theirs not"));
            lineage.option("residual")
                    .ifPresent(rank -> differs.add("remainders of rank " + rank + " beside the tie, theirs none"));
            if (m.run().options().get("limit") instanceof Number limit) {
                differs.add("the first " + m.option("limit") + " " + Counted.noun(limit.longValue(), "examples")
                        + ", theirs all");
            }
            if (m.option("tokenize").equals("zh")) {
                differs.add("BLEU of Chinese characters, theirs of words (13a)");
            }
            return differs.stream();
        }
    }
}
