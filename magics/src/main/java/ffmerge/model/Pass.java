package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * One forward pass: where its arrays live, whether gradients and dropout are on, and who watches.
 *
 * @param scope the manager of all arrays that the pass makes; closing it frees them
 * @param training whether dropout is on
 * @param recorded whether operations are recorded for a gradient
 * @param labelSmoothing share of a training target that is spread over the whole vocabulary
 * @param products in what precision matrices are multiplied; weights that are held in less are taken as they are held
 * @param seed of dropout; each layer draws from a seed of its own, so that it can be run again alone
 * @param taught what a teacher says of the batch, which the loss then heeds; null without one
 */
public record Pass(
        NDManager scope,
        boolean training,
        boolean recorded,
        SublayerObserver observer,
        double labelSmoothing,
        Precision products,
        long seed,
        SoftTargets taught) {
    private static final long SEEDS_APART = 1_000_003;

    /** A pass without a teacher. */
    public Pass(
            NDManager scope,
            boolean training,
            boolean recorded,
            SublayerObserver observer,
            double labelSmoothing,
            Precision products,
            long seed) {
        this(scope, training, recorded, observer, labelSmoothing, products, seed, null);
    }

    /** A pass for results only. */
    public static Pass inference(NDManager scope) {
        return inference(scope, Precision.FLOAT32);
    }

    /** The same in another precision. */
    public static Pass inference(NDManager scope, Precision products) {
        return new Pass(scope, false, false, SublayerObserver.NOBODY, 0, products, 0);
    }

    /** A pass whose loss will be differentiated. */
    public static Pass training(NDManager scope, double labelSmoothing) {
        return training(scope, labelSmoothing, Precision.FLOAT32, 0);
    }

    /** A pass whose loss will be differentiated, in mixed precision unless {@code products} is float32. */
    public static Pass training(NDManager scope, double labelSmoothing, Precision products, long seed) {
        return new Pass(scope, true, true, SublayerObserver.NOBODY, labelSmoothing, products, seed);
    }

    public Pass watchedBy(SublayerObserver other) {
        return new Pass(scope, training, recorded, other, labelSmoothing, products, seed, taught);
    }

    /** The same pass, with dropout as it is, but nothing to be differentiated. */
    public Pass unrecorded() {
        return new Pass(scope, training, false, observer, labelSmoothing, products, seed, taught);
    }

    /** The same pass with its arrays elsewhere. */
    public Pass in(NDManager other) {
        return new Pass(other, training, recorded, observer, labelSmoothing, products, seed, taught);
    }

    /** The same pass with a teacher. */
    public Pass taughtBy(SoftTargets teacher) {
        return new Pass(scope, training, recorded, observer, labelSmoothing, products, seed, teacher);
    }

    /**
     * Runs the kernel of a loss.
     *
     * @param plain its name, and that of the one with what a teacher says behind its arguments
     */
    NDArray loss(String plain, String taughtLoss, Object... arguments) {
        return taught == null ? run(plain, arguments) : run(taughtLoss, taught.behind(arguments));
    }

    /** Runs a kernel in this pass. */
    NDArray run(String method, Object... arguments) {
        return Kernels.run(products, scope, recorded, method, inThisPass(arguments));
    }

    /** Runs a kernel that returns several tensors. */
    List<NDArray> runAll(String method, Object... arguments) {
        return Kernels.runAll(products, scope, recorded, method, inThisPass(arguments));
    }

    /** Arguments of many kernels of passes like this one, made once; they live as long as its scope. */
    Kernels.Held hold(Object... arguments) {
        return Kernels.hold(scope, inThisPass(arguments));
    }

    /** Runs a kernel of attention without the output projection: the outputs of all heads, {@code […, queries]}. */
    NDArray runHeads(String method, Object... arguments) {
        return run(
                method,
                Arrays.stream(arguments)
                        .map(a -> a instanceof Attention attention ? attention.heads() : a)
                        .toArray());
    }

    /** Another handle to the same array, for where nothing changes it. */
    NDArray same(NDArray array) {
        NDArray handle = array.reshape(array.getShape());
        handle.attach(scope);
        return handle;
    }

    /** Shows what a sublayer made to who watches, in float32. */
    void observe(Site site, String stack, int layer, NDArray values) {
        if (!observer.wants(site, stack, layer)) {
            return;
        }
        try (NDArray wide = run("float32", values)) {
            observer.observe(site, stack, layer, wide);
        }
    }

    /** Shows what enters the maps of a sublayer, for which its norm is computed once more. */
    void observeInput(Site site, String stack, int layer, NDArray x, Norm norm) {
        if (observer.wants(site, stack, layer)) {
            try (NDArray normed = run("norm", x, norm)) {
                observe(site, stack, layer, normed);
            }
        }
    }

    /** Shows what the output projection of an attention sublayer reads, for which its heads are computed once more. */
    void observeHeads(String stack, int layer, String method, Object... arguments) {
        if (observer.wants(Site.ATTENTION_HEADS, stack, layer)) {
            try (NDArray heads = runHeads(method, arguments)) {
                observe(Site.ATTENTION_HEADS, stack, layer, heads);
            }
        }
    }

    /** Whether somebody looks at the units of an FF sublayer without gates, before or behind their activation. */
    boolean observesUnits(String stack, int layer) {
        return observer.wants(Site.FEED_FORWARD_UNITS, stack, layer)
                || observer.wants(Site.FEED_FORWARD_ACTIVATED, stack, layer);
    }

    /** Shows what the down-projection of an FF sublayer without gates reads, for which units are activated once more. */
    void observeActivated(String stack, int layer, NDArray units, String activation) {
        if (observer.wants(Site.FEED_FORWARD_ACTIVATED, stack, layer)) {
            try (NDArray activated = run("activation", units, activation)) {
                observe(Site.FEED_FORWARD_ACTIVATED, stack, layer, activated);
            }
        }
    }

    /** Seeds dropout for a place on the way: 0 is the embedding, then come the layers. */
    void seedDropout(int place) {
        if (training) {
            Torch.seed(seed * SEEDS_APART + place);
        }
    }

    /** Maps and norms as they are in this pass: in training, adapters have dropout. An attention's maps follow one another. */
    private Object[] inThisPass(Object[] arguments) {
        return Arrays.stream(arguments)
                .flatMap(a -> a instanceof Attention attention ? attention.maps().stream() : Stream.of(a))
                .map(a -> a instanceof KernelArgument typed ? typed.parts(training) : a)
                .toArray();
    }

    /** A dropout probability: zero outside training. */
    double dropout(double probability) {
        return training ? probability : 0;
    }
}
