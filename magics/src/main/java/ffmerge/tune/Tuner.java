package ffmerge.tune;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Interrupted;
import ffmerge.Progress;
import ffmerge.StopRequest;
import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.model.TransformerModel;
import ffmerge.result.TuneResult;
import ffmerge.torch.OutOfMemory;
import ffmerge.torch.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BiPredicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;

/**
 * Fine-tunes a model in place, ties kept: a parameter that stands in k places is updated once a step, by the sum of k
 * gradients. Every step draws its batch and its dropout from a seed of its own, so that a run that was stopped goes on
 * with the same losses as one that was not.
 */
public final class Tuner {
    /** Gives the batches of a step; any step can be asked for. */
    @FunctionalInterface
    public interface Batches {
        /**
         * @param rows how many examples
         * @param seed of the run
         * @param index of the batch, counted over all steps
         */
        Batch batch(int rows, long seed, long index);
    }

    /** Is told how tuning goes. */
    @FunctionalInterface
    public interface Listener {
        void measured(List<Double> loss, List<TuneResult.Checked> validation);
    }

    private final TransformerModel model;
    private final Map<String, NDArray> parameters;
    private final TuneSettings settings;
    private final Execution execution;
    private final Optional<Distillation> distillation;
    private final LossScale scale;
    private final Batches batches;
    private final ToDoubleFunction<TransformerModel> validation;
    private final BiPredicate<Double, Double> isBetter;
    private final TuneState state;
    private final Listener listener;

    private final List<Double> loss = new ArrayList<>();
    private final List<TuneResult.Checked> checks = new ArrayList<>();
    private int bestStep;
    /** The step whose state is kept, -1 for none. */
    private int keptStep = -1;

    private double secondsBefore;
    private final long start = System.nanoTime();

    /** Computes steps in the plain way; otherwise as the other constructor. */
    public Tuner(
            TransformerModel model,
            TuneSettings settings,
            Batches batches,
            ToDoubleFunction<TransformerModel> validation,
            BiPredicate<Double, Double> isBetter,
            Path state,
            Listener listener) {
        this(model, settings, Execution.PLAIN, batches, validation, isBetter, state, listener);
    }

    /**
     * @param model changed in place
     * @param execution how steps are computed; may be another one when unfinished work is gone on with
     * @param validation measures the model
     * @param isBetter whether the first value is better than the second
     * @param state where unfinished work is kept, and found
     */
    public Tuner(
            TransformerModel model,
            TuneSettings settings,
            Execution execution,
            Batches batches,
            ToDoubleFunction<TransformerModel> validation,
            BiPredicate<Double, Double> isBetter,
            Path state,
            Listener listener) {
        this(model, settings, execution, Optional.empty(), batches, validation, isBetter, state, listener);
    }

    /** @param distillation from whom the model learns beside the data; otherwise as the other constructor */
    public Tuner(
            TransformerModel model,
            TuneSettings settings,
            Execution execution,
            Optional<Distillation> distillation,
            Batches batches,
            ToDoubleFunction<TransformerModel> validation,
            BiPredicate<Double, Double> isBetter,
            Path state,
            Listener listener) {
        this.model = model;
        this.parameters = model.parameters().learned();
        this.settings = settings;
        this.execution = execution;
        this.distillation = distillation;
        this.scale = new LossScale(execution.products());
        this.batches = batches;
        this.validation = validation;
        this.isBetter = isBetter;
        this.state = new TuneState(state);
        this.listener = listener;
    }

    /**
     * Tunes to the end and leaves the model with the best weights that a validation saw.
     *
     * @throws Interrupted if the thread is asked to stop; the state is kept
     * @throws UserError if the loss is no longer finite
     */
    public TuneHistory run(Progress progress) {
        try (NDManager scope = model.newScope();
                AdamW optimizer = new AdamW(parameters, settings.decay(), settings.clip(), scope);
                Replicas replicas = new Replicas(model, settings, execution, distillation);
                Progress.Stage stage = progress.start("Tuning", settings.steps(), "steps")) {
            try {
                if (state.exists()) {
                    resume(optimizer);
                } else {
                    validate(0);
                }
                replicas.copyWeights();
                for (int step = loss.size(); step < settings.steps(); step++) {
                    stage.advance(step);
                    loss.add(step(step, optimizer, replicas));
                    int done = step + 1;
                    if (isValidated(done)) {
                        validate(done);
                    }
                    if (done < settings.steps() && done % settings.saveEvery() == 0) {
                        save(optimizer);
                    }
                    listener.measured(loss, checks);
                }
            } catch (CancellationException e) {
                if (checks.isEmpty()) {
                    throw e; // before there was anything to keep
                }
                if (!isDone()) {
                    if (keptStep != loss.size()) {
                        save(optimizer);
                    }
                    throw interrupted();
                }
                // one that came behind the last validation: nothing of the work is left to stop
            } catch (RuntimeException e) {
                if (!loss.isEmpty() && OutOfMemory.of(e).isPresent()) {
                    save(optimizer); // a step that failed has moved nothing
                }
                throw e;
            }
            stage.show(settings.steps());
        }
        if (bestStep != settings.steps()) {
            state.restoreBest(parameters);
        }
        state.delete();
        return new TuneHistory(List.copyOf(loss), List.copyOf(checks), bestStep, seconds());
    }

    private void resume(AdamW optimizer) {
        TuneState.Saved measured = state.restore(parameters, optimizer);
        loss.addAll(measured.loss());
        checks.addAll(measured.validation());
        bestStep = measured.bestStep();
        if (measured.scale() != null) {
            scale.restore(measured.scale());
        }
        secondsBefore = measured.seconds();
        keptStep = loss.size();
        boolean validationMissed =
                isValidated(loss.size()) && checks.get(checks.size() - 1).step() < loss.size();
        if (validationMissed) {
            validate(loss.size());
        }
    }

    /** Whether the last validation is behind us, too. */
    private boolean isDone() {
        return checks.get(checks.size() - 1).step() == settings.steps();
    }

    private Interrupted interrupted() {
        boolean allSteps = loss.size() == settings.steps();
        return new Interrupted("interrupted after step " + loss.size() + " of " + settings.steps()
                + ", which is kept: the same command goes on from there"
                + (allSteps ? ", with the last validation, and makes the model" : ""));
    }

    private boolean isValidated(int step) {
        return step == settings.steps() || step % settings.validateEvery() == 0;
    }

    /** A wish to stop waits for it: it came while there was something to keep. */
    private void save(AdamW optimizer) {
        StopRequest.shielded(() -> state.save(
                parameters, optimizer, new TuneState.Saved(loss, checks, bestStep, seconds(), scale.state())));
        keptStep = loss.size();
    }

    private double seconds() {
        return secondsBefore + (System.nanoTime() - start) / 1e9;
    }

    private double step(int step, AdamW optimizer, Replicas replicas) {
        long first = (long) step * settings.accumulate();
        List<Batch> accumulated = LongStream.range(first, first + settings.accumulate())
                .mapToObj(index -> batches.batch(settings.rows(), settings.seed(), index))
                .toList();
        double mean = replicas.backward(accumulated, first, scale.factor());
        if (!Double.isFinite(mean)) {
            throw new UserError("the loss is " + mean + " at step " + (step + 1) + ": try a lower --rate"
                    + (execution.products() == Precision.FLOAT16 ? ", or --precision bfloat16" : ""));
        }
        optimizer.step(settings.rate(step), scale);
        replicas.copyWeights();
        return mean;
    }

    private void validate(int step) {
        double value = validation.applyAsDouble(model);
        boolean best = checks.isEmpty() || isBetter.test(value, bestValue());
        checks.add(new TuneResult.Checked(step, value));
        if (best) {
            bestStep = step;
            if (step < settings.steps()) {
                StopRequest.shielded(() -> state.saveBest(parameters));
            }
        }
    }

    private double bestValue() {
        return checks.stream()
                .filter(c -> c.step() == bestStep)
                .findFirst()
                .orElseThrow()
                .value();
    }
}
