package ffmerge.study;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Stack;
import ffmerge.data.Batch;
import ffmerge.evaluate.Metric;
import ffmerge.model.HiddenStates;
import ffmerge.model.Kernels;
import ffmerge.model.Pass;
import ffmerge.model.Torch;
import ffmerge.model.TransformerModel;
import ffmerge.permutation.LinearAssignment;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * What a token costs on this machine, measured on two layers of random weights in the model's shape: enough to say
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
     * Forward and backward.
     *
     * @param layer seconds a token and layer
     * @param rest seconds a token for embedding and head
     */
    private record Training(double layer, double rest) {}

    /** What the JVM, its libraries and libtorch take before any model is there. */
    private static final long BASE_BYTES = 450L << 20;

    private static final int MOST_TOKENS = 2048;
    private static final int LEAST_TOKENS = 512;
    /** Multiplications of one measured pass, about: a few tenths of a second on a small machine. */
    private static final double MEASURED_WORK = 1e10;

    private static final int PRODUCT_ROWS = 1024;
    /** Seconds beyond which one measurement will do. */
    private static final double LONG_ENOUGH = 0.5;

    private static final int LARGEST_ASSIGNMENT = 1024;
    /** The assignment's time grows with this power of the width; measured from 512 to 5120. */
    private static final double ASSIGNMENT_POWER = 1.9;

    private final Architecture architecture;
    private final Device device;
    private Forward forward;
    private Training training;
    private double product;
    private double assignment;

    /** @param device on which the work would be done */
    public CostModel(Architecture architecture, Device device) {
        this.architecture = architecture;
        this.device = device;
    }

    /** The architecture with a layer a stack, and so many in the first. */
    private Architecture shallow(int layers) {
        Architecture shallow = architecture;
        for (Stack each : architecture.stacks()) {
            shallow = shallow.withLayers(each.name(), 1);
        }
        return shallow.withLayers(architecture.stacks().get(0).name(), layers);
    }

    private Batch noise(TransformerModel model) {
        double tokens = MEASURED_WORK / model.parameters().uniqueCount();
        return model.noise((int) Math.max(LEAST_TOKENS, Math.min(MOST_TOKENS, tokens)), 0);
    }

    private Forward forward() {
        if (forward == null) {
            try (TransformerModel two = TransformerModel.random(shallow(2), device, 0)) {
                Batch batch = noise(two);
                double tokens = tokens(two, batch);
                double embed = median(() -> forward(two, batch, 0, false));
                double layer = Math.max(0, median(() -> forward(two, batch, 2, false)) - embed) / 2;
                double head = median(() -> forward(two, batch, 2, true)) - embed - 2 * layer;
                forward = new Forward(embed / tokens, layer / tokens, Math.max(0, head) / batch.scored());
            }
        }
        return forward;
    }

    private Training training() {
        if (training == null) {
            try (TransformerModel two = TransformerModel.random(shallow(2), device, 0);
                    TransformerModel one = TransformerModel.random(shallow(1), device, 0)) {
                Batch batch = noise(two);
                double tokens = tokens(two, batch);
                double trainOne = median(() -> train(one, batch));
                double layer = Math.max(forward().layer() * tokens, median(() -> train(two, batch)) - trainOne);
                training = new Training(layer / tokens, Math.max(0, trainOne - layer) / tokens);
            }
        }
        return training;
    }

    /** Seconds for one multiplication and addition of two matrices in float64. */
    private double product(int width) {
        if (product == 0) {
            try (NDManager scope = Torch.newScope(device)) {
                product = product(scope, width);
            }
        }
        return product;
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

    private static double train(TransformerModel model, Batch batch) {
        model.parameters().learned().values().forEach(p -> p.setRequiresGradient(true));
        long start = System.nanoTime();
        try (NDManager scope = model.newScope();
                GradientCollector gradients = Engine.getEngine(Torch.ENGINE).newGradientCollector()) {
            NDArray loss = model.loss(batch, Pass.training(scope, 0));
            gradients.backward(loss);
            loss.getFloat();
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static double product(NDManager parent, int width) {
        try (NDManager scope = parent.newSubManager()) {
            int rows = PRODUCT_ROWS;
            NDArray x = scope.ones(new Shape(rows, width), DataType.FLOAT64);
            NDArray sum = scope.zeros(new Shape(width, width), DataType.FLOAT64);
            double seconds = median(() -> {
                long start = System.nanoTime();
                Kernels.execute("add_product", sum, x, x);
                sum.get(0).sum().getDouble();
                return (System.nanoTime() - start) / 1e9;
            });
            return seconds / rows / width / width;
        }
    }

    private static double assignment(int width) {
        int n = Math.min(width, LARGEST_ASSIGNMENT);
        SplittableRandom random = new SplittableRandom(0);
        float[] values = new float[n * n];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextDouble() * random.nextDouble() * random.nextDouble());
        }
        double seconds = median(() -> {
            long start = System.nanoTime();
            LinearAssignment.maximize(values, n);
            return (System.nanoTime() - start) / 1e9;
        });
        return seconds * Math.pow((double) width / n, ASSIGNMENT_POWER);
    }

    /** The middle of three measurements after a first one; or the first, where that took long enough to be told from noise. */
    private static double median(DoubleSupplier seconds) {
        double first = seconds.getAsDouble();
        if (first > LONG_ENOUGH) {
            return first;
        }
        double a = seconds.getAsDouble();
        double b = seconds.getAsDouble();
        double c = seconds.getAsDouble();
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }

    /** Seconds to record activations of so many layers and match so many pairs of sublayers. */
    double align(int layers, int pairs, int tokens, int width) {
        double pass = tokens * (forward().embed() + layers * forward().layer());
        if (pairs == 0) {
            return pass;
        }
        int threads = Math.min(pairs, Runtime.getRuntime().availableProcessors());
        return pass + pairs * ((double) tokens * width * width * product(width) + assignmentOf(width) / threads);
    }

    /**
     * Seconds to score what a metric measures.
     *
     * @param layers how many of the model's layers are run
     */
    double score(Metric.Work work, int layers) {
        return work.tokens() * (forward().embed() + layers * forward().layer())
                + work.scored() * forward().head();
    }

    double train(long tokens, int layers) {
        return tokens * (training().rest() + layers * training().layer());
    }

    /** Bytes that a JVM with a model of so many parameters holds, before it works. */
    static long memory(long parameters) {
        return BASE_BYTES + parameters * Float.BYTES;
    }
}
