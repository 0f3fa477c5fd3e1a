package ffmerge.study;

import ffmerge.Progress;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.cost.TuneOutOfMemory;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.journal.Fingerprint;
import ffmerge.model.TransformerModel;
import ffmerge.result.Step;
import ffmerge.result.TuneResult;
import ffmerge.tune.Distillation;
import ffmerge.tune.Execution;
import ffmerge.tune.TuneHistory;
import ffmerge.tune.TuneSettings;
import ffmerge.tune.Tuner;
import ffmerge.workload.Workload;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Recovery fine-tuning of a copy of a model, validated on its own task. */
public final class Tuning {
    /** As many as tell most tunings apart. */
    public static final int USUAL_VALIDATION = 128;

    private static final double TRANSLATION_SMOOTHING = 0.1;

    private Tuning() {}

    /**
     * A tuned model and how it came about.
     *
     * @param model the caller's to close
     */
    public record Tuned(TransformerModel model, TuneResult outcome) implements AutoCloseable {
        /** For the model's lineage. */
        public Step step() {
            Step step = Step.tuned(outcome.steps(), outcome.tuningTokens());
            TuneResult.Distilled by = outcome.distilled();
            return by == null
                    ? step
                    : step.with("teacher", by.teacher())
                            .with("temperature", by.temperature())
                            .with("distill", by.distill());
        }

        /** Closes the model. */
        @Override
        public void close() {
            model.close();
        }
    }

    /**
     * How a model is tuned as usual: by its task, and by whether it has adapters.
     *
     * @param gets whether it gets adapters before
     */
    public static TuneSettings usual(TransformerModel model, int steps, boolean gets) {
        boolean translates = model.architecture().task() == Architecture.Task.TRANSLATION;
        boolean adapted = gets || model.parameters().adapterSettings().isPresent();
        return TuneSettings.usual(
                steps,
                adapted ? TuneSettings.Learned.ADAPTERS : TuneSettings.Learned.ALL_WEIGHTS,
                translates ? TRANSLATION_SMOOTHING : 0);
    }

    /** Tunes a copy for so many steps as is usual; {@code model} stays as it is. */
    public static Tuned tune(TransformerModel model, Workload workload, int steps) {
        String name = model.origin().name();
        return tune(
                name,
                name,
                model,
                usual(model, steps, false),
                Execution.PLAIN,
                workload,
                USUAL_VALIDATION,
                StateFolder.find(),
                outcome -> {},
                Progress.NONE);
    }

    /**
     * Tunes a copy; {@code model} stays as it is. Goes on where the same tuning was stopped before.
     *
     * @param execution how steps are computed; unfinished work may be gone on with in another way, but for the precision
     * @param limit examples of the validation split, at most
     * @param live is shown the outcome so far, again and again
     */
    public static Tuned tune(
            String name,
            String result,
            TransformerModel model,
            TuneSettings settings,
            Execution execution,
            Workload workload,
            int limit,
            StateFolder state,
            Consumer<TuneResult> live,
            Progress progress) {
        return tune(name, result, model, settings, execution, Optional.empty(), workload, limit, state, live, progress);
    }

    /**
     * A teacher.
     *
     * @param lineage how it came to be, for results and logs
     */
    public record Teacher(Distillation distillation, String lineage) {
        private TuneResult.Distilled part() {
            return new TuneResult.Distilled(lineage, distillation.temperature(), distillation.weight());
        }
    }

    /** @param teacher from whom the copy learns beside the data; otherwise as the other {@code tune} */
    public static Tuned tune(
            String name,
            String result,
            TransformerModel model,
            TuneSettings settings,
            Execution execution,
            Optional<Teacher> teacher,
            Workload workload,
            int limit,
            StateFolder state,
            Consumer<TuneResult> live,
            Progress progress) {
        if (model.parameters().learned().isEmpty()) {
            throw new UserError(
                    "all weights of '" + name + "' are frozen by the way that it was made smaller, so nothing"
                            + " is left to tune: --adapters shared trains adapters beside them");
        }
        Metric metric = workload.metric(Split.VALIDATION, limit);
        String measure = metric.measure().name();
        String key =
                Fingerprint.of(Fingerprint.of(model), settings, execution.products(), workload.key(), measure, limit);
        String taught = teacher.map(Teacher::distillation)
                .map(d -> Fingerprint.of(key, Fingerprint.of(d.teacher()), d.temperature(), d.weight()))
                .orElse(key);
        Path folder = state.sub("tunings").resolve(taught);
        // both splits are read and tokenized now, with bars of their own: it is no part of a step
        metric.batches();
        workload.trainingBatch(settings.rows(), settings.seed(), 0);
        TransformerModel copy = model.copy();
        try {
            long start = System.nanoTime();
            TrainingTokens tokens = new TrainingTokens(workload, settings);
            Tuner tuner = new Tuner(
                    copy,
                    settings,
                    execution,
                    teacher.map(Teacher::distillation),
                    tokens,
                    m -> Evaluator.evaluate(m, metric, progress).value(),
                    metric.measure()::isBetter,
                    folder,
                    (loss, checks) -> live.accept(outcome(
                            name,
                            result,
                            settings,
                            metric,
                            adapterParameters(copy),
                            new TuneHistory(loss, checks, checks.get(0).step(), (System.nanoTime() - start) / 1e9),
                            tokens.until(loss.size()),
                            workload,
                            teacher)));
            TuneHistory tuned = tuner.run(progress);
            return new Tuned(
                    copy,
                    outcome(
                            name,
                            result,
                            settings,
                            metric,
                            adapterParameters(copy),
                            tuned,
                            tokens.until(tuned.steps()),
                            workload,
                            teacher));
        } catch (RuntimeException e) {
            copy.close();
            throw new TuneOutOfMemory(
                            model,
                            settings,
                            execution,
                            workload.tokensPerExample(),
                            teacher.map(t -> t.distillation().teacher()))
                    .explained(e);
        } catch (Error e) {
            copy.close();
            throw e;
        }
    }

    private static long adapterParameters(TransformerModel model) {
        return model.parameters().adapterSettings().isEmpty()
                ? 0
                : model.parameters().learnedCount();
    }

    private static TuneResult outcome(
            String name,
            String result,
            TuneSettings settings,
            Metric metric,
            long adapterParameters,
            TuneHistory tuned,
            long tuningTokens,
            Workload workload,
            Optional<Teacher> teacher) {
        return new TuneResult(
                name,
                result,
                settings.steps(),
                List.copyOf(tuned.loss()),
                metric.measure(),
                tuned.before(),
                tuned.after(),
                tuned.validation(),
                tuned.bestStep(),
                tuned.seconds(),
                tuned.steps() / tuned.seconds(),
                adapterParameters,
                metric.protocol().orElse(null),
                workload.data(),
                workload.measured().equals(workload.data()) ? null : workload.measured(),
                metric.examples(),
                tuningTokens,
                teacher.map(Teacher::part).orElse(null));
    }
}
