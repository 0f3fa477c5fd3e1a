package ffmerge.table;

import ffmerge.Measure;
import ffmerge.result.AlignResult;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.InfoResult;
import ffmerge.result.MistakesResult;
import ffmerge.result.ModelInfo;
import ffmerge.result.ModelsResult;
import ffmerge.result.Result;
import ffmerge.result.RunsResult;
import ffmerge.result.SaveResult;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TuneOutcome;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import tech.tablesaw.api.Table;

/** Results as Tablesaw tables. */
public final class Tables {
    private Tables() {}

    /** All that a result holds, a row each: what a file gets. Empty for a result that is no table. */
    public static Optional<Table> of(Result result) {
        if (result instanceof SweepResult sweep) {
            return Optional.of(SweepTable.rows(sweep));
        }
        if (result instanceof TuneOutcome tuned) {
            return Optional.of(TuneTable.steps(tuned));
        }
        if (result instanceof RunsResult runs) {
            return Optional.of(RunsTable.runs(runs));
        }
        if (result instanceof ScoreboardResult scoreboard) {
            return Optional.of(ScoreboardTable.rows(scoreboard));
        }
        return Optional.ofNullable(table(result));
    }

    /** What a reader gets: the same, but for results whose rows are too many to be read. */
    public static Optional<Table> shown(Result result) {
        if (result instanceof EvalResult evaluated && !evaluated.samples().isEmpty()) {
            return Optional.of(samples(evaluated)); // the rest stands in the sentence
        }
        return Optional.ofNullable(table(result));
    }

    private static Table table(Result result) {
        if (result instanceof InfoResult r) {
            return info(r.model());
        }
        if (result instanceof EvalResult r) {
            return eval(r);
        }
        if (result instanceof CkaResult r) {
            return CkaTable.of(r);
        }
        if (result instanceof AlignResult r) {
            return align(r);
        }
        if (result instanceof ShrinkResult r) {
            return CompressionTable.of(r);
        }
        if (result instanceof SweepResult r) {
            return SweepTable.windows(r);
        }
        if (result instanceof TuneOutcome r) {
            return TuneTable.checks(r);
        }
        if (result instanceof CompareResult r) {
            return compare(r);
        }
        if (result instanceof MistakesResult r) {
            return mistakes(r);
        }
        if (result instanceof SaveResult r) {
            return save(r);
        }
        if (result instanceof RunsResult r) {
            return RunsTable.overview(r);
        }
        if (result instanceof ScoreboardResult r) {
            return ScoreboardTable.overview(r);
        }
        if (result instanceof ModelsResult r) {
            return models(r.loaded());
        }
        if (result instanceof DryRun r) {
            return dryRun(r);
        }
        return null;
    }

    private static Table info(ModelInfo model) {
        Columns<ModelInfo> columns = new Columns<>("model", List.of(model))
                .text("model", ModelInfo::name)
                .text("architecture", ModelInfo::architecture);
        for (Map.Entry<String, ModelInfo.StackInfo> stack : model.stacks().entrySet()) {
            columns.count(stack.getKey() + " layers", m -> stack.getValue().layers())
                    .count(stack.getKey() + " FF width", m -> stack.getValue().feedForwardWidth());
        }
        return columns.count("parameters", ModelInfo::parameters)
                .count("unique parameters", ModelInfo::uniqueParameters)
                .count("bytes", ModelInfo::bytes)
                .text("dtype", ModelInfo::dtype)
                .text("device", ModelInfo::device)
                .table();
    }

    private static Table models(List<ModelInfo> models) {
        return new Columns<>("loaded models", models)
                .text("model", ModelInfo::name)
                .text("architecture", ModelInfo::architecture)
                .count("parameters", ModelInfo::parameters)
                .count("unique parameters", ModelInfo::uniqueParameters)
                .count("bytes", ModelInfo::bytes)
                .text("device", ModelInfo::device)
                .table();
    }

    private static Table eval(EvalResult result) {
        Columns<EvalResult> columns = new Columns<>("evaluation", List.of(result))
                .text("model", EvalResult::model)
                .metric(result.metric(), result.metric().title(), EvalResult::value);
        result.details().forEach((name, value) -> columns.text(name, r -> value));
        return columns.text("data", EvalResult::data)
                .text("split", EvalResult::split)
                .count(result.metric().examples(), EvalResult::examples)
                .numbers("seconds", "#,##0.0", EvalResult::seconds)
                .numbers("tokens/s", "#,##0", EvalResult::tokensPerSecond)
                .table();
    }

    private static Table samples(EvalResult result) {
        return new Columns<>("samples", result.samples())
                .text(result.metric().input(), EvalResult.Sample::source)
                .text("reference", EvalResult.Sample::reference)
                .text(result.model(), EvalResult.Sample::translation)
                .table();
    }

    private static Table align(AlignResult result) {
        int units = result.permutation().length;
        return new Columns<>("alignment", List.of(result))
                .text("model", AlignResult::model)
                .text("stack", AlignResult::stack)
                .count("anchor", r -> r.layers().get(0))
                .count("layer", r -> r.layers().get(1))
                .count("units", r -> units)
                .count("units kept in place", Tables::unitsInPlace)
                .numbers("correlation in place", "#,##0.00", AlignResult::identityCorrelation)
                .numbers("matched correlation", "#,##0.00", AlignResult::matchedCorrelation)
                .numbers("matched, mean of a unit", "0.000", r -> r.matchedCorrelation() / units)
                .table();
    }

    /** How many units the best order leaves where they are. */
    static long unitsInPlace(AlignResult result) {
        int[] permutation = result.permutation();
        long kept = 0;
        for (int unit = 0; unit < permutation.length; unit++) {
            kept += permutation[unit] == unit ? 1 : 0;
        }
        return kept;
    }

    private static Table compare(CompareResult result) {
        List<CompareResult.Row> rows = result.rows();
        long most = mostParameters(result);
        Columns<CompareResult.Row> columns = new Columns<>("comparison", rows).text("model", CompareResult.Row::model);
        // models of one task share a column; a comparison across tasks gets one each
        for (Measure metric :
                rows.stream().map(CompareResult.Row::metric).distinct().toList()) {
            columns.metricIfAny(metric, metric.title(), r -> r.metric().equals(metric) ? r.value() : Double.NaN);
        }
        ToLongFunction<CompareResult.Row> unique = CompareResult.Row::uniqueParameters;
        ToDoubleFunction<CompareResult.Row> removed = r -> 1 - (double) r.uniqueParameters() / most;
        return columns.count("unique parameters", unique)
                .share("removed", removed)
                .count("bytes", CompareResult.Row::bytes)
                .numbers("tokens/s", "#,##0", CompareResult.Row::tokensPerSecond)
                .numbers("latency, ms", "#,##0.0", r -> 1e3 * r.latency())
                .numbers("seconds", "#,##0.0", CompareResult.Row::seconds)
                .table();
    }

    /** The unique parameters of the largest model, which the others are compared with. */
    static long mostParameters(CompareResult result) {
        return result.rows().stream()
                .mapToLong(CompareResult.Row::uniqueParameters)
                .max()
                .orElse(1);
    }

    private static Table mistakes(MistakesResult result) {
        Columns<MistakesResult.Row> columns = new Columns<>("mistakes", result.rows())
                .count("image", MistakesResult.Row::index)
                .text("class", MistakesResult.Row::label);
        result.wrong()
                .keySet()
                .forEach(model -> columns.text(model, r -> r.predicted().get(model)));
        return columns.table();
    }

    private static Table save(SaveResult result) {
        return new Columns<>("saved", List.of(result))
                .text("model", SaveResult::model)
                .text("folder", SaveResult::folder)
                .text("format", SaveResult::format)
                .text("dtype", SaveResult::dtype)
                .count("bytes", SaveResult::bytes)
                .table();
    }

    private static Table dryRun(DryRun result) {
        Columns<DryRun> columns = new Columns<>("dry run", List.of(result))
                .text("command", DryRun::command)
                .text("model", DryRun::model)
                .numbers("seconds", "#,##0.0", DryRun::seconds)
                .count("memory, bytes", DryRun::memoryBytes)
                .count("disk, bytes", DryRun::diskBytes);
        if (result.parametersBefore() > 0) {
            columns.count("parameters before", DryRun::parametersBefore)
                    .count("parameters after", DryRun::parametersAfter);
        }
        return columns.table();
    }
}
