package ffmerge.average;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.activation.ActivationFile;
import ffmerge.activation.ActivationRecorder;
import ffmerge.activation.Sublayer;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.model.Site;
import ffmerge.torch.Kernels;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What enters the FF sublayers of a model, recorded once, from which all else that they do follows. The rows are kept in a
 * temporary file and read batch by batch, so that neither depth nor length of a model is limited by memory.
 */
public final class FeedForwardInputs implements AutoCloseable {
    /** A sublayer whose inputs are wanted. */
    public record Place(String stack, int layer) {
        private Sublayer site() {
            return new Sublayer(Site.FEED_FORWARD_INPUT, stack, layer);
        }
    }

    /** Takes a batch of a sublayer's inputs, {@code [rows, model]}, which live as long as the scope. */
    @FunctionalInterface
    interface Batch {
        void take(NDArray inputs, NDManager scope);
    }

    /** Makes something of a batch's inputs. */
    @FunctionalInterface
    interface Features {
        Features INPUTS = (inputs, scope) -> inputs;

        NDArray of(NDArray inputs, NDManager scope);
    }

    private final ActivationFile file;
    private final Set<Sublayer> sites;

    /**
     * @param places all whose inputs will be asked for
     * @param bytes that will be recorded, about
     * @param folder where they are kept meanwhile
     * @throws ffmerge.UserError if there is no room for them
     */
    public FeedForwardInputs(Collection<Place> places, long bytes, Path folder) {
        this.sites = places.stream().map(Place::site).collect(Collectors.toCollection(LinkedHashSet::new));
        this.file = new ActivationFile(folder, bytes);
    }

    /** What has to be recorded. */
    public Set<Sublayer> sites() {
        return sites;
    }

    /** Where the pass over the model leaves it. */
    public ActivationRecorder.Consumer recorder() {
        return file;
    }

    /** How many rows were recorded of a sublayer. */
    long rows(FeedForwardSublayer sublayer) {
        return file.rows(site(sublayer));
    }

    /** Hands on the recorded inputs of a sublayer. */
    void replay(FeedForwardSublayer sublayer, NDManager parent, Batch batch) {
        Sublayer site = site(sublayer);
        file.replay(
                Set.of(site),
                parent,
                (Map<Sublayer, NDArray> values, NDManager scope) -> {
                    NDArray inputs = values.get(site);
                    if (inputs != null) { // its stack may have given all its rows before
                        Progress.stopIfInterrupted();
                        batch.take(inputs, scope);
                    }
                },
                Progress.NONE);
    }

    /**
     * Uncentred second moments over the recorded rows, {@code XᵀX / rows} in float64.
     *
     * @param features what is made of a batch's inputs, {@code [rows, width]}
     * @param width of the features
     * @param constant whether a one stands behind each row's features
     */
    NDArray moments(FeedForwardSublayer sublayer, long width, boolean constant, NDManager scope, Features features) {
        long all = width + (constant ? 1 : 0);
        NDArray sum = WholeMaps.zeros(scope, all, all);
        double share = 1. / rows(sublayer);
        replay(sublayer, scope, (x, batch) -> {
            NDArray wide = Kernels.run(batch, false, "with_ones", features.of(x, batch), constant);
            Kernels.execute("add_shared_product", sum, wide, share);
        });
        return sum;
    }

    private static Sublayer site(FeedForwardSublayer sublayer) {
        return new Place(sublayer.stack(), sublayer.layer()).site();
    }

    @Override
    public void close() {
        file.close();
    }
}
