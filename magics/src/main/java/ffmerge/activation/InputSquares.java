package ffmerge.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ffmerge.Progress;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Stack;
import ffmerge.data.Batch;
import ffmerge.model.Site;
import ffmerge.model.TransformerModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** How large what enters the linear maps of layers is: squares summed over rows of activations, in float64. */
public final class InputSquares implements ActivationRecorder.Consumer {
    private final Architecture architecture;
    private final Map<Sublayer, double[]> sums = new HashMap<>();

    private InputSquares(Architecture architecture) {
        this.architecture = architecture;
    }

    /**
     * Of some linear maps of a model, from one pass.
     *
     * @param maps weights of linear maps of layers
     * @param rows of each stack
     * @throws ffmerge.UserError if the batches hold no rows for a stack
     */
    public static InputSquares of(
            TransformerModel model,
            List<ModelTensor> maps,
            List<? extends Batch> batches,
            Extent rows,
            Progress progress) {
        InputSquares squares = new InputSquares(model.architecture());
        Set<Sublayer> read = maps.stream().map(squares::entering).collect(Collectors.toSet());
        ActivationRecorder.record(model, batches, read, rows, squares, progress);
        return squares;
    }

    /** Where what enters a map is seen. */
    private Sublayer entering(ModelTensor map) {
        return switch (map.role()) {
            case "up", "gate" -> in(Site.FEED_FORWARD_INPUT, map);
            case "down" -> in(units(map), map);
            case "query", "key", "value", "query-key-value" -> in(Site.ATTENTION_INPUT, map);
            case "attention-out" -> in(Site.ATTENTION_HEADS, map);
            case "source-query" -> in(Site.SOURCE_ATTENTION_INPUT, map);
            case "source-key", "source-value" -> encoderOutput();
            case "source-attention-out" -> in(Site.SOURCE_ATTENTION_HEADS, map);
            default -> throw new IllegalArgumentException("what enters " + map.name() + " isn't seen");
        };
    }

    private static Sublayer in(Site site, ModelTensor map) {
        return new Sublayer(site, map.stack(), map.layer());
    }

    private Site units(ModelTensor down) {
        return architecture.feedForward(down.stack(), down.layer()).isGated()
                ? Site.FEED_FORWARD_PRODUCT
                : Site.FEED_FORWARD_ACTIVATED;
    }

    /** Its rows are the encoder's, not those of the decoder that reads them. */
    private Sublayer encoderOutput() {
        Stack encoder = architecture.stacks().get(0);
        return new Sublayer(Site.LAYER_OUTPUT, encoder.name(), encoder.layers() - 1);
    }

    @Override
    public void accept(Map<Sublayer, NDArray> values, NDManager scope) {
        values.forEach((sublayer, x) -> {
            try (NDArray wide = x.toType(DataType.FLOAT64, true);
                    NDArray squares = wide.square();
                    NDArray summed = squares.sum(new int[] {0})) {
                double[] more = summed.toDoubleArray();
                double[] sum = sums.computeIfAbsent(sublayer, s -> new double[more.length]);
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += more[i];
                }
            }
        });
    }

    /** Of what enters one of the maps: {@code [in]}. */
    public double[] of(ModelTensor map) {
        return sums.get(entering(map));
    }
}
