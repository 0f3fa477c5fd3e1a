package ffmerge.cost;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.activation.Sublayer;
import ffmerge.adapter.AdapterSettings;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Stack;
import ffmerge.correlation.CrossMoments;
import ffmerge.data.Batch;
import ffmerge.evaluate.Metric;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForm;
import ffmerge.permutation.LinearAssignment;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import ffmerge.torch.Torch;
import ffmerge.tune.Backward;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * What a token costs on this machine, measured on a few layers of random weights in the model's shape: enough to say
 * beforehand how long work on the whole model takes. Each figure is measured when it is first asked for, and kept: what a
 * command doesn't do isn't measured, and a large shape is measured on few tokens.
 */
public final class CostModel {
    /**
     * @param embed seconds a token, up to the first layer
     * @param layer seconds a token and layer
     * @param head seconds a token or image that is scored
     */
    private record Forward(double embed, double layer, double head) {}

    /**
     * How a model is trained, as far as the time of a step depends on it.
     *
     * @param tokens of a batch
     * @param length tokens of an example: attention takes longer in long ones
     * @param form in which frozen weights are held, if that is not floats
     * @param adapters that are trained beside frozen weights
     */
    record TrainedAs(
            int tokens,
            int length,
            Precision products,
            boolean recompute,
            Optional<WeightForm> form,
            Optional<AdapterSettings> adapters) {}

    /**
     * Forward and backward.
     *
     * @param layer seconds a token and layer
     * @param rest seconds a token for embedding and head
     */
    private record Training(double layer, double rest) {}

    /**
     * Sums over rows, by the width of the sublayers.
     *
     * @param product seconds a row for the products of one pair
     * @param own seconds a row for a sublayer's own sums
     */
    private record Products(double product, double own) {}

    /** What the JVM, its libraries and libtorch take before any model is there. */
    private static final long BASE_BYTES = 220L << 20;

    private static final int MOST_TOKENS = 2048;
    private static final int LEAST_TOKENS = 512;
    /** Multiplications of one measured pass, about: a few tenths of a second on a small machine. */
    private static final double MEASURED_WORK = 1e10;

    private static final int PRODUCT_ROWS = 1024;
    /** Seconds beyond which two measurements will do. */
    private static final double LONG_ENOUGH = 0.5;

    private static final int LARGEST_ASSIGNMENT = 1024;
    /** The assignment's time grows with this power of the width; measured from 512 to 5120. */
    private static final double ASSIGNMENT_POWER = 1.9;

    private final Architecture architecture;
    private final Device device;
    private final Map<Integer, Forward> forwards = new HashMap<>();
    private final Map<TrainedAs, Training> trainings = new HashMap<>();
    private final Map<Integer, Products> products = new HashMap<>();
    /** By rows and beams. */
    private final Map<List<Integer>, DecodingCost> decodings = new HashMap<>();

    private double assignment;

    /** @param device on which the work would be done */
    public CostModel(Architecture architecture, Device device) {
        this.architecture = architecture;
        this.device = device;
    }

    /** An architecture with a layer a stack, and so many in one of them. */
    static Architecture shallow(Architecture whole, Stack deeper, int layers) {
        Architecture shallow = whole;
        for (Stack each : whole.stacks()) {
            shallow = shallow.withLayers(each.name(), 1);
        }
        return shallow.withLayers(deeper.name(), layers);
    }

    /**
     * How many layers are measured beside one: several where they are cheap, as what a small layer takes is lost in the noise
     * of all that is around it.
     */
    static int deep(Architecture whole, Stack stack, long tokens) {
        long layer =
                shallow(whole, stack, 2).parameters() - shallow(whole, stack, 1).parameters();
        return (int) Math.max(2, Math.min(stack.layers(), MEASURED_WORK / (layer * tokens)));
    }

    private Architecture shallow(int layers) {
        return shallow(architecture, architecture.stacks().get(0), layers);
    }

    /** Noise of about so many tokens, or fewer where the model is large. */
    private static Batch noise(TransformerModel model, int most) {
        return noise(model, most, LEAST_TOKENS);
    }

    /** @param least tokens that are needed whatever they cost */
    private static Batch noise(TransformerModel model, int most, int least) {
        double affordable = MEASURED_WORK / model.parameters().uniqueCount();
        return model.noise((int) Math.min(most, Math.max(Math.max(LEAST_TOKENS, least), affordable)), 0);
    }

    private Forward forward() {
        return forward(MOST_TOKENS);
    }

    /** @param most tokens that go through the model at a time */
    private Forward forward(int most) {
        return forwards.computeIfAbsent(most, m -> {
            int deep = deep(architecture, architecture.stacks().get(0), m);
            try (TransformerModel several = TransformerModel.random(shallow(deep), device, 0)) {
                Batch batch = noise(several, m);
                double tokens = tokens(several, batch);
                double embed = least(() -> forward(several, batch, 0, false));
                double layer = Math.max(0, least(() -> forward(several, batch, deep, false)) - embed) / deep;
                double head = least(() -> forward(several, batch, deep, true)) - embed - deep * layer;
                return new Forward(embed / tokens, layer / tokens, Math.max(0, head) / batch.scored());
            }
        });
    }

    private Training training(TrainedAs how) {
        return trainings.computeIfAbsent(how, h -> {
            int most = Math.min(h.tokens(), MOST_TOKENS);
            int deep = deep(architecture, architecture.stacks().get(0), most);
            try (TransformerModel several = trained(deep, h);
                    TransformerModel one = trained(1, h)) {
                Batch batch = noise(several, most, h.length());
                double tokens = tokens(several, batch);
                double trainOne = least(() -> train(one, batch, h));
                double layer = Math.max(0, least(() -> train(several, batch, h)) - trainOne) / (deep - 1);
                return new Training(layer / tokens, Math.max(0, trainOne - layer) / tokens);
            }
        });
    }

    /** So many layers of random weights, held and trained as the model is. */
    private TransformerModel trained(int layers, TrainedAs how) {
        TransformerModel plain = TransformerModel.random(shallow(layers), device, 0);
        TransformerModel held =
                how.form().map(f -> exchanged(plain, plain.quantized(f))).orElse(plain);
        return how.adapters().map(a -> exchanged(held, held.adapted(a, 0))).orElse(held);
    }

    private static TransformerModel exchanged(TransformerModel old, TransformerModel made) {
        old.close();
        return made;
    }

    private Products products(int width) {
        return products.computeIfAbsent(width, w -> {
            try (NDManager scope = Torch.newScope(device)) {
                return measureProducts(scope, w);
            }
        });
    }

    /** Seconds for one assignment of the FF width. */
    private double assignmentOf(int width) {
        if (assignment == 0) {
            assignment = assignment(width);
        }
        return assignment;
    }

    /** How many tokens of a batch go through the layers. */
    private static double tokens(TransformerModel model, Batch batch) {
        try (NDManager scope = model.newScope()) {
            Shape states = model.embed(batch, Pass.inference(scope)).x().getShape(); // [batch, time, model]
            return states.get(0) * states.get(1);
        }
    }

    private static double forward(TransformerModel model, Batch batch, int layers, boolean head) {
        long start = System.nanoTime();
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), layers, pass);
            NDArray result = head ? model.head(last, pass) : last.x();
            result.sum().getFloat(); // waits for a GPU
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static double train(TransformerModel model, Batch batch, TrainedAs how) {
        model.parameters().learned().values().forEach(p -> p.setRequiresGradient(true));
        long start = System.nanoTime();
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.training(scope, 0, how.products(), 0);
            Backward.of(model, batch, pass, 1, how.recompute()).getFloat(); // waits for a GPU
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** A pair of sublayers takes one product and two sublayers' own sums. */
    private static Products measureProducts(NDManager scope, int width) {
        Sublayer one = new Sublayer(Site.FEED_FORWARD_UNITS, "measured", 0);
        Sublayer other = new Sublayer(Site.FEED_FORWARD_UNITS, "measured", 1);
        NDArray x = scope.ones(new Shape(PRODUCT_ROWS, width));
        NDArray sum = scope.zeros(new Shape(width, width), DataType.FLOAT64);
        NDArray zero = scope.zeros(new Shape(width), DataType.FLOAT64);
        List<NDArray> centred = List.of(x, zero, zero);
        List<NDArray> turned = Kernels.runAll(scope, false, "turned", x);
        double product = least(() -> {
            long start = System.nanoTime();
            Kernels.execute("add_centred_product", sum, centred, turned, centred);
            sum.get(0).sum().getDouble(); // waits for a GPU
            return (System.nanoTime() - start) / 1e9;
        });
        try (CrossMoments moments = new CrossMoments(List.of(), scope)) {
            double own = least(() -> {
                long start = System.nanoTime();
                try (NDManager batch = scope.newSubManager()) {
                    moments.accept(Map.of(one, batched(x, batch), other, batched(x, batch)), batch);
                }
                return (System.nanoTime() - start) / 1e9;
            });
            return new Products(product / PRODUCT_ROWS, own / 2 / PRODUCT_ROWS);
        }
    }

    /** A handle of the batch's: what is computed from it ends with the batch. */
    private static NDArray batched(NDArray array, NDManager batch) {
        NDArray view = array.reshape(array.getShape());
        view.attach(batch);
        return view;
    }

    private static double assignment(int width) {
        int n = Math.min(width, LARGEST_ASSIGNMENT);
        SplittableRandom random = new SplittableRandom(0);
        float[] values = new float[n * n];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextDouble() * random.nextDouble() * random.nextDouble());
        }
        double seconds = least(() -> {
            long start = System.nanoTime();
            LinearAssignment.maximize(values, n);
            return (System.nanoTime() - start) / 1e9;
        });
        return seconds * Math.pow((double) width / n, ASSIGNMENT_POWER);
    }

    /**
     * The shortest of three measurements after a first one, as whatever else the machine does only adds to them; of two,
     * where the first took long enough to be told from noise.
     */
    static double least(DoubleSupplier seconds) {
        double first = seconds.getAsDouble();
        if (first > LONG_ENOUGH) {
            return Math.min(first, seconds.getAsDouble()); // memory that is touched for the first time is slow
        }
        double least = Double.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            least = Math.min(least, seconds.getAsDouble());
        }
        return least;
    }

    /** Seconds to run so many layers over what is recorded. */
    double pass(int layers, long tokens) {
        return tokens * (forward().embed() + layers * forward().layer());
    }

    /**
     * Seconds to sum up over what is recorded.
     *
     * @param pairs of sublayers whose products are summed
     * @param sublayers that are summed on their own; one counts again each time that it is read from a file
     */
    double sums(long pairs, long sublayers, long tokens, int width) {
        return tokens
                * (pairs * products(width).product()
                        + sublayers * products(width).own());
    }

    /** Seconds for so many multiplications of dense products of about the FF width. */
    double multiply(double multiplications) {
        int width = architecture.stacks().get(0).feedForwardWidth();
        return multiplications == 0
                ? 0
                : multiplications / ((double) width * width) * products(width).product();
    }

    /** Seconds to match so many pairs of sublayers. */
    double match(int pairs, int width) {
        int threads = Math.min(pairs, Runtime.getRuntime().availableProcessors());
        return pairs == 0 ? 0 : pairs * assignmentOf(width) / threads;
    }

    /**
     * Seconds to score what a metric measures.
     *
     * @param layers how many of the model's layers are run
     */
    double score(Metric.Work work, int layers) {
        if (work.steps() > 0) {
            return generate(work, layers);
        }
        Forward cost = forward();
        return work.tokens() * (cost.embed() + layers * cost.layer()) + work.scored() * cost.head();
    }

    /** A decoder's layers are run for every token that is generated, wherever the pass over the sources was stopped. */
    private double generate(Metric.Work work, int layers) {
        List<Stack> stacks = architecture.stacks();
        int decoder = stacks.get(stacks.size() - 1).layers();
        int encoder = stacks.size() == 1 ? decoder : Math.max(0, layers - decoder); // without one, prompts start anew
        DecodingCost cost = decodings.computeIfAbsent(
                List.of(work.rows(), work.beams()),
                key -> DecodingCost.measure(architecture, device, work.rows(), work.beams()));
        return work.tokens() * (forward().embed() + encoder * forward().layer())
                + work.steps() * (cost.step() + decoder * cost.layer());
    }

    double train(long tokens, int layers, TrainedAs how) {
        Training cost = training(how);
        return tokens * (cost.rest() + layers * cost.layer());
    }

    /** Bytes that a JVM with a model of so many parameters holds, before it works. */
    static long memory(long parameters) {
        return BASE_BYTES + parameters * Float.BYTES;
    }
}
