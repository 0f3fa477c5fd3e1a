package ffmerge.table;

import ffmerge.result.AlignResult;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.InfoResult;
import ffmerge.result.Labels;
import ffmerge.result.MistakesResult;
import ffmerge.result.ModelInfo;
import ffmerge.result.ModelsResult;
import ffmerge.result.RecipeResult;
import ffmerge.result.Result;
import ffmerge.result.RunsResult;
import ffmerge.result.SaveResult;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneOutcome;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a result says, in a sentence or two. */
public final class Sentences {
    private Sentences() {}

    /** Empty for a result of a kind that is not known here. */
    public static Optional<String> of(Result result) {
        return Optional.ofNullable(sentence(result));
    }

    private static String sentence(Result result) {
        if (result instanceof InfoResult r) {
            return info(r.model());
        }
        if (result instanceof EvalResult r) {
            return eval(r);
        }
        if (result instanceof CkaResult r) {
            return cka(r);
        }
        if (result instanceof AlignResult r) {
            return align(r);
        }
        if (result instanceof ShrinkResult r) {
            return CompressionSentence.of(r);
        }
        if (result instanceof SweepResult r) {
            return sweep(r);
        }
        if (result instanceof TuneOutcome r) {
            return tune(r);
        }
        if (result instanceof CompareResult r) {
            return compare(r);
        }
        if (result instanceof MistakesResult r) {
            return mistakes(r);
        }
        if (result instanceof SaveResult r) {
            return r.model() + " saved to " + r.folder() + ": " + r.format() + ", " + r.dtype() + ", "
                    + Labels.bytes(r.bytes()) + " of weights.";
        }
        if (result instanceof RunsResult r) {
            return r.runs().size() == 1 ? "1 run." : Labels.count(r.runs().size()) + " runs, the newest last.";
        }
        if (result instanceof ScoreboardResult r) {
            return ScoreboardTable.sentence(r);
        }
        if (result instanceof ModelsResult r) {
            return models(r);
        }
        if (result instanceof RecipeResult r) {
            return "The recipe's " + (r.steps() == 1 ? "one step" : r.steps() + " steps") + " took "
                    + Labels.duration(r.seconds()) + ".";
        }
        if (result instanceof DryRun r) {
            return dryRun(r);
        }
        return null;
    }

    private static String info(ModelInfo model) {
        String stacks = model.stacks().entrySet().stream()
                .map(e -> e.getValue().layers() + " " + e.getKey() + " layers of FF width "
                        + e.getValue().feedForwardWidth())
                .collect(Collectors.joining(" and "));
        String parameters = Labels.count(model.uniqueParameters()) + " parameters"
                + (model.uniqueParameters() == model.parameters()
                        ? ""
                        : " that count as " + Labels.count(model.parameters()) + " where they are shared");
        String memory = Labels.bytes(model.bytes()) + " in " + model.dtype()
                + (model.device().equals("none") ? " if it were loaded." : " on " + model.device() + ".");
        return model.name() + ": " + model.architecture() + ", " + stacks + "; " + parameters + ", " + memory
                + (model.adapters() == null ? "" : " " + adapters(model.adapters()));
    }

    private static String adapters(ModelInfo.AdapterInfo adapters) {
        return "It carries " + adapters.sharing() + " adapters of rank " + adapters.rank() + " on "
                + String.join(", ", adapters.targets()) + ": " + Labels.count(adapters.parameters())
                + " parameters to train.";
    }

    private static String eval(EvalResult r) {
        return r.model() + ": " + r.metric().title() + " " + Labels.value(r.metric(), r.value()) + " on "
                + r.data() + " " + r.split() + " (" + Labels.count(r.examples()) + " "
                + r.metric().examples() + ", " + Labels.duration(r.seconds()) + ", "
                + speed(r) + ")."
                + r.details().entrySet().stream()
                        .map(e -> " " + e.getKey() + " " + e.getValue())
                        .collect(Collectors.joining(","))
                + (r.details().isEmpty() ? "" : ".");
    }

    /** A rate in what people count: a picture's patches are nobody's concern. */
    private static String speed(EvalResult r) {
        return r.metric().isTimedByExample()
                ? Labels.count(Math.round(r.examples() / r.seconds())) + " "
                        + r.metric().examples() + "/s"
                : Labels.count(Math.round(r.tokensPerSecond())) + " tokens/s";
    }

    private static String cka(CkaResult r) {
        String alike = r.stacks().entrySet().stream()
                .filter(stack -> stack.getValue().length > 1)
                .map(stack -> likestNeighbours(stack.getKey(), stack.getValue()))
                .collect(Collectors.joining(", "));
        return (r.model().isEmpty() ? "" : r.model() + ": ") + "CKA of the " + r.site() + " sublayers over "
                + Labels.count(r.tokens()) + " tokens"
                + (alike.isEmpty() ? "." : "; the neighbours most alike are " + alike + ".");
    }

    private static String likestNeighbours(String stack, double[][] values) {
        int first = 0;
        for (int layer = 1; layer + 1 < values.length; layer++) {
            first = values[layer][layer + 1] > values[first][first + 1] ? layer : first;
        }
        return first + " and " + (first + 1) + " in the " + stack + " (" + Labels.number(values[first][first + 1])
                + ")";
    }

    private static String align(AlignResult r) {
        int units = r.permutation().length;
        return r.model() + ": the units of " + r.stack() + " layer "
                + r.layers().get(1) + " go with those of layer " + r.layers().get(0)
                + " with a correlation of " + Labels.number(r.matchedCorrelation()) + " summed over "
                + Labels.count(units) + " units, " + Labels.number(r.matchedCorrelation() / units)
                + " a unit; left in place, " + Labels.number(r.identityCorrelation()) + ". "
                + Labels.count(Tables.unitsInPlace(r)) + " keep their place.";
    }

    private static String sweep(SweepResult r) {
        long windows = r.rows().stream().map(SweepResult.Row::layers).distinct().count();
        String metric = r.metric().title();
        String all = r.model() + ": " + windows + (windows == 1 ? " window" : " windows") + " of " + r.length()
                + (r.length() == 1 ? " layer" : " layers") + " on " + r.data() + " " + r.split()
                + protocol(r.protocol()) + ", unchanged "
                + metric + " " + Labels.value(r.metric(), r.baseline());
        if (r.best() == null) {
            return all + ".";
        }
        return all + "; the best is " + Labels.layers(r.best().layers()) + " ("
                + r.method(r.best().method()).title() + "), " + metric + " "
                + Labels.value(r.metric(), r.best().value()) + ", "
                + Labels.count(r.best().parametersRemoved()) + " parameters fewer.";
    }

    /** Said where it is not our own. */
    static String protocol(String protocol) {
        return protocol == null || protocol.equals("ours") ? "" : ", protocol " + protocol;
    }

    private static String tune(TuneOutcome r) {
        String metric = r.metric().title();
        int done = r.loss().size();
        if (done < r.steps()) {
            TuneOutcome.Checked last = r.validation().isEmpty()
                    ? new TuneOutcome.Checked(0, r.before())
                    : r.validation().get(r.validation().size() - 1);
            return r.result() + ": " + r.model() + " after " + Labels.count(done) + " of " + Labels.count(r.steps())
                    + " steps; validation " + metric + " " + Labels.value(r.metric(), last.value()) + " at step "
                    + Labels.count(last.step()) + ".";
        }
        return r.result() + ": " + r.model() + " tuned for " + Labels.count(r.steps()) + " steps" + kept(r)
                + (r.adapterParameters() > 0
                        ? ", " + Labels.count(r.adapterParameters()) + " parameters in adapters"
                        : "")
                + "; validation " + metric + " " + Labels.value(r.metric(), r.before()) + " → "
                + Labels.value(r.metric(), r.after()) + " (" + Labels.duration(r.seconds()) + ", "
                + String.format(Locale.ROOT, "%.1f", r.stepsPerSecond()) + " steps/s).";
    }

    private static String kept(TuneOutcome r) {
        if (r.bestStep() == r.steps()) {
            return "";
        }
        return r.bestStep() == 0
                ? " without gain: the weights are those from before"
                : " of which the first " + Labels.count(r.bestStep()) + " are kept";
    }

    private static String models(ModelsResult r) {
        String loaded = r.loaded().isEmpty()
                ? "Nothing is loaded."
                : "Loaded: " + r.loaded().stream().map(ModelInfo::name).collect(Collectors.joining(", ")) + ".";
        return "Demo models: " + String.join(", ", r.demos()) + ". Demo data: " + String.join(", ", r.data()) + ". "
                + loaded;
    }

    private static String compare(CompareResult r) {
        Comparator<CompareResult.Row> byValue = Comparator.comparingDouble(CompareResult.Row::value);
        String where =
                r.rows().size() + (r.rows().size() == 1 ? " model on " : " models on ") + r.data() + " " + r.split();
        boolean oneMetric =
                r.rows().stream().map(CompareResult.Row::metric).distinct().count() == 1;
        if (!oneMetric || r.rows().size() == 1) {
            return where + ".";
        }
        CompareResult.Row best = r.rows().stream()
                .filter(row -> !Double.isNaN(row.value()))
                .max(r.higherIsBetter() ? byValue : byValue.reversed())
                .orElse(r.rows().get(0));
        return where + "; the best is " + best.model() + ", " + best.metric().title() + " "
                + Labels.value(best.metric(), best.value()) + ".";
    }

    private static String mistakes(MistakesResult r) {
        String wrong = r.wrong().entrySet().stream()
                .map(e -> e.getKey() + " mistakes " + Labels.count(e.getValue()))
                .collect(Collectors.joining(", "));
        return wrong + " of " + Labels.count(r.examples()) + " images of " + r.data() + " " + r.split() + "; shown "
                + (r.rows().size() == 1 ? "is one." : "are " + r.rows().size() + ".");
    }

    private static String dryRun(DryRun r) {
        String parameters = r.parametersBefore() == 0
                ? ""
                : "; parameters " + Labels.count(r.parametersBefore()) + " → " + Labels.count(r.parametersAfter());
        return r.command() + " " + r.model() + " would take about " + Labels.duration(r.seconds()) + ", "
                + Labels.bytes(r.memoryBytes()) + " of memory and " + Labels.bytes(r.diskBytes()) + " of disk"
                + parameters + ". Nothing was run.";
    }
}
