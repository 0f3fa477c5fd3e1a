package ffmerge.similarity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.activation.ActivationRecorder;
import ffmerge.activation.Extent;
import ffmerge.activation.RowBlocks;
import ffmerge.activation.Sublayer;
import ffmerge.architecture.Stack;
import ffmerge.data.Batch;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;
import ffmerge.torch.Precision;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Linear CKA, {@code ‖YᵀX‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F)} of centred features (Kornblith et al. 2019), for all pairs of a
 * stack's sublayers from one pass. Products of features, width by width, are summed over blocks of rows, so nothing grows with
 * the number of tokens; each self-term is computed once. Products are those of float32, less a block's means, and are
 * summed in float64.
 */
public final class LinearCka implements ActivationRecorder.Consumer, AutoCloseable {
    private final List<Sublayer> sublayers;
    private final NDManager manager;
    private List<NDArray> shift; // the first block's means, [width] each, in float32
    private List<NDArray> sums; // [width] each
    private List<NDArray> products; // i: [width, widths from i on]
    private long rows;

    LinearCka(List<Sublayer> sublayers, NDManager parent) {
        this.sublayers = sublayers;
        this.manager = parent.newSubManager();
    }

    /**
     * Compares all sublayers of this kind in a stack with one another.
     *
     * @throws UserError if a layer of the stack lacks its own
     */
    public static SimilarityMatrix of(
            TransformerModel model,
            Stack stack,
            Site site,
            List<? extends Batch> batches,
            int tokens,
            Progress progress) {
        return of(model, stack, site, batches, tokens, Precision.FLOAT32, progress);
    }

    /** The same of a model that multiplies in another precision. */
    public static SimilarityMatrix of(
            TransformerModel model,
            Stack stack,
            Site site,
            List<? extends Batch> batches,
            int tokens,
            Precision products,
            Progress progress) {
        List<Integer> layers = IntStream.range(0, stack.layers()).boxed().toList();
        return of(model, stack, layers, site, batches, tokens, products, progress);
    }

    /**
     * The same of some layers, in their order.
     *
     * @throws UserError if one of them lacks its own
     */
    public static SimilarityMatrix of(
            TransformerModel model,
            Stack stack,
            List<Integer> layers,
            Site site,
            List<? extends Batch> batches,
            int tokens,
            Progress progress) {
        return of(model, stack, layers, site, batches, tokens, Precision.FLOAT32, progress);
    }

    private static SimilarityMatrix of(
            TransformerModel model,
            Stack stack,
            List<Integer> layers,
            Site site,
            List<? extends Batch> batches,
            int tokens,
            Precision products,
            Progress progress) {
        Set<Sublayer> sublayers = new LinkedHashSet<>();
        for (int layer : layers) {
            if (model.architecture().lacks(stack.name(), layer, site.branch())) {
                throw new UserError("layer " + layer + " of the " + stack.name() + " has no "
                        + site.branch().label()
                        + " sublayer to compare; compare those of the model that it was made from");
            }
            sublayers.add(new Sublayer(site, stack.name(), layer));
        }
        try (NDManager scope = model.newScope();
                LinearCka cka = new LinearCka(List.copyOf(sublayers), scope)) {
            ActivationRecorder.record(model, batches, sublayers, Extent.exactly(tokens), products, cka, progress);
            return new SimilarityMatrix(site, stack.name(), Math.toIntExact(cka.rows), cka.matrix());
        }
    }

    @Override
    public void accept(Map<Sublayer, NDArray> values, NDManager scope) {
        RowBlocks.forEach(values, scope, this::add);
    }

    private void add(Map<Sublayer, NDArray> values, NDManager scope) {
        List<NDArray> found = sublayers.stream().map(values::get).toList();
        if (sums == null) {
            start(found);
        }
        List<NDArray> x = new ArrayList<>(); // [rows, width] each, less their means
        List<NDArray> means = new ArrayList<>(); // [width] each, less the shift
        List<NDArray> rest = new ArrayList<>(); // [width] each: what rounding the means left of x in all
        for (int i = 0; i < found.size(); i++) {
            List<NDArray> centred =
                    Kernels.runAll(scope, false, "add_centred", sums.get(i), found.get(i), shift.get(i));
            x.add(centred.get(0));
            means.add(centred.get(1));
            rest.add(centred.get(2));
        }
        Kernels.execute("add_all_products", products, x, means, rest);
        rows += x.get(0).getShape().get(0);
    }

    private void start(List<NDArray> x) {
        shift = x.stream()
                .map(each -> Kernels.run(manager, false, "shift", each))
                .toList();
        sums = shift.stream().map(this::zeros).toList();
        products = IntStream.range(0, x.size())
                .mapToObj(i -> manager.zeros(new Shape(width(i, i + 1), width(i, x.size())), DataType.FLOAT64))
                .toList();
    }

    private NDArray zeros(NDArray like) {
        return manager.zeros(like.getShape(), DataType.FLOAT64);
    }

    /** Of sublayers beside each other. */
    private long width(int from, int to) {
        return shift.subList(from, to).stream().mapToLong(NDArray::size).sum();
    }

    /** CKA of every pair over all rows so far. */
    double[][] matrix() {
        int n = sublayers.size();
        double[][] squaredNorms = new double[n][n]; // ‖XᵢᵀXⱼ‖²_F, centred
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                squaredNorms[i][j] = squaredNorm(i, j);
            }
        }
        double[][] cka = new double[n][n];
        for (int i = 0; i < n; i++) {
            cka[i][i] = 1;
            for (int j = i + 1; j < n; j++) {
                double scale = Math.sqrt(squaredNorms[i][i]) * Math.sqrt(squaredNorms[j][j]);
                cka[i][j] = scale > 0 ? squaredNorms[i][j] / scale : 0; // what never varies is like nothing
                cka[j][i] = cka[i][j];
            }
        }
        return cka;
    }

    private double squaredNorm(int i, int j) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray a = sums.get(i).reshape(-1, 1);
            NDArray b = sums.get(j).reshape(1, -1);
            NDArray product = products.get(i).get(":, " + width(i, j) + ":" + width(i, j + 1));
            a.attach(scope);
            b.attach(scope);
            product.attach(scope);
            NDArray centred = a.mul(b).divi(-rows).addi(product);
            return centred.square().sum().getDouble();
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
