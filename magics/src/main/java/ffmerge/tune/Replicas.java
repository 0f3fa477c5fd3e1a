package ffmerge.tune;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A model and its copies on other devices (data parallelism): each takes a share of a batch's rows, the gradients are summed
 * in the model, and the copies get its new weights. One thread starts the work of all: DJL collects gradients for one at a
 * time, and GPUs compute while the next one's work is being started. On one device, or on the CPU, shares are done in turn.
 */
final class Replicas implements AutoCloseable {
    private static final long SEEDS_APART = 1_000_003;
    /** A step of so few batches is finished when it is to stop; one of many may take minutes, and is lost. */
    private static final int FINISHED_ANYWAY = 4;

    private final List<TransformerModel> models = new ArrayList<>();
    private final TuneSettings settings;
    private final Execution execution;
    private final Optional<Distillation> distillation;

    Replicas(TransformerModel model, TuneSettings settings, Execution execution) {
        this(model, settings, execution, Optional.empty());
    }

    /** @param distillation from whom the model learns beside the data */
    Replicas(TransformerModel model, TuneSettings settings, Execution execution, Optional<Distillation> distillation) {
        this.settings = settings;
        this.execution = execution;
        this.distillation = distillation;
        models.add(model);
        try {
            for (Device device : execution.replicas()) {
                TransformerModel copy = model.copy(device);
                models.add(copy);
                copy.parameters().learned().values().forEach(p -> p.setRequiresGradient(true));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A share of a batch and who computes it. */
    private record Share(TransformerModel model, Batch batch, long seed) {}

    /**
     * Adds the gradients of the mean loss over all that these batches predict, times a factor, to the model's. A batch that
     * predicts more counts for more, as if all were one batch.
     *
     * @param first index of the first batch, counted over all steps
     * @return the mean loss
     * @throws java.util.concurrent.CancellationException if the thread is asked to stop; no weight has moved then
     */
    double backward(List<Batch> batches, long first, double factor) {
        List<Share> shares = shares(batches, first);
        double scored = shares.stream().mapToLong(s -> s.batch().scored()).sum();
        double mean = 0;
        try (NDManager scope = models.get(0).newScope()) {
            List<NDArray> losses = new ArrayList<>(); // read last, for reading waits for a device
            for (Share share : shares) {
                if (losses.size() >= FINISHED_ANYWAY) {
                    Progress.stopIfInterrupted();
                }
                losses.add(backward(share, factor * (share.batch().scored() / scored), scope));
            }
            for (int i = 0; i < losses.size(); i++) {
                mean += losses.get(i).getFloat() * (shares.get(i).batch().scored() / scored);
            }
        }
        sumGradients();
        return mean;
    }

    private List<Share> shares(List<Batch> batches, long first) {
        List<Share> shares = new ArrayList<>();
        int n = models.size();
        for (int i = 0; i < batches.size(); i++) {
            Batch batch = batches.get(i);
            if (batch.rows() < n) {
                throw new UserError("a batch of " + batch.rows() + " can't be shared by " + n + " devices: --batch " + n
                        + " or more can");
            }
            for (int r = 0; r < n; r++) {
                int from = batch.rows() * r / n;
                int to = batch.rows() * (r + 1) / n;
                long seed = settings.seed() * SEEDS_APART + (first + i) * n + r; // of dropout
                shares.add(new Share(models.get(r), n == 1 ? batch : batch.part(from, to), seed));
            }
        }
        return shares;
    }

    private NDArray backward(Share share, double factor, NDManager parent) {
        try (NDManager scope = share.model().newScope()) {
            Pass pass = Pass.training(scope, settings.labelSmoothing(), execution.products(), share.seed());
            Pass taught = distillation
                    .map(d -> pass.taughtBy(d.targets(share.batch(), scope)))
                    .orElse(pass);
            NDArray loss = Backward.of(share.model(), share.batch(), taught, factor, execution.recompute());
            NDArray value = loss.stopGradient();
            value.attach(parent);
            return value;
        }
    }

    /** Adds the copies' gradients to the model's and forgets them. */
    private void sumGradients() {
        for (TransformerModel copy : models.subList(1, models.size())) {
            try (Gradients own = Gradients.of(models.get(0).parameters().learned());
                    Gradients others = Gradients.of(copy.parameters().learned())) {
                Kernels.execute("add_all", own.arrays(), others.arrays());
                others.forget();
            }
        }
    }

    /** Gives the copies the model's weights. */
    void copyWeights() {
        List<NDArray> weights = List.copyOf(models.get(0).parameters().learned().values());
        for (TransformerModel copy : models.subList(1, models.size())) {
            Kernels.execute(
                    "assign_all", List.copyOf(copy.parameters().learned().values()), weights);
        }
    }

    @Override
    public void close() {
        models.subList(1, models.size()).forEach(TransformerModel::close);
    }
}
