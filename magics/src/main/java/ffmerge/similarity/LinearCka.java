package ffmerge.similarity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.activation.ActivationRecorder;
import ffmerge.activation.Sublayer;
import ffmerge.architecture.Stack;
import ffmerge.data.Batch;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Linear CKA, {@code ‖YᵀX‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F)} of centred features (Kornblith et al. 2019), for all pairs of a
 * stack's sublayers from one pass. Products of features, width by width, are summed over batches, so nothing grows with
 * the number of tokens; each self-term is computed once.
 */
public final class LinearCka implements ActivationRecorder.Consumer, AutoCloseable {
    private final List<Sublayer> sublayers;
    private final NDManager manager;
    private NDArray[] shift; // [width] each
    private NDArray[] sums; // [width] each
    private NDArray[][] products; // [i][j − i]: [width, width]
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
        List<Integer> layers = IntStream.range(0, stack.layers()).boxed().toList();
        return of(model, stack, layers, site, batches, tokens, progress);
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
            ActivationRecorder.record(model, batches, sublayers, tokens, cka, progress);
            return new SimilarityMatrix(site, stack.name(), Math.toIntExact(cka.rows), cka.matrix());
        }
    }

    @Override
    public void accept(Map<Sublayer, NDArray> values, NDManager scope) {
        int n = sublayers.size();
        NDArray[] x = new NDArray[n];
        for (int i = 0; i < n; i++) {
            x[i] = values.get(sublayers.get(i)).toType(DataType.FLOAT64, true); // [rows, width]
        }
        if (sums == null) {
            start(x);
        }
        for (int i = 0; i < n; i++) {
            x[i].subi(shift[i]);
            sums[i].addi(x[i].sum(new int[] {0}));
        }
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                Kernels.execute("add_product", products[i][j - i], x[i], x[j]);
            }
        }
        rows += x[0].getShape().get(0);
    }

    private void start(NDArray[] x) {
        int n = x.length;
        shift = new NDArray[n];
        sums = new NDArray[n];
        products = new NDArray[n][];
        for (int i = 0; i < n; i++) {
            shift[i] = x[i].mean(new int[] {0});
            shift[i].attach(manager);
            sums[i] = manager.zeros(shift[i].getShape(), DataType.FLOAT64);
            products[i] = new NDArray[n - i];
            for (int j = i; j < n; j++) {
                Shape shape = new Shape(x[i].getShape().get(1), x[j].getShape().get(1));
                products[i][j - i] = manager.zeros(shape, DataType.FLOAT64);
            }
        }
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
            NDArray a = sums[i].reshape(-1, 1);
            NDArray b = sums[j].reshape(1, -1);
            a.attach(scope);
            b.attach(scope);
            NDArray centred = a.mul(b).divi(-rows).addi(products[i][j - i]);
            return centred.square().sum().getDouble();
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
