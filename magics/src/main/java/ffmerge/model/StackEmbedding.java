package ffmerge.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Settings;
import ffmerge.torch.Inputs;
import java.util.Map;

/**
 * What enters the first layer of a stack: its tokens, placed as the family's table says, behind a norm if there is one.
 *
 * @param tokens {@code [vocabulary, model]}
 * @param positions how tokens are placed; nothing where attention does it
 * @param before rows of the table of positions that stand before the first
 * @param longest tokens that have a place
 * @param padding the token that has no place where positions are counted, and whose row gets no gradient; -1 where it is a
 *     token like others
 * @param scale what embeddings are multiplied with
 */
record StackEmbedding(
        NDArray tokens,
        Map<String, NDArray> positions,
        int before,
        int longest,
        Norm norm,
        int padding,
        double scale,
        double dropout) {
    /** What {@code positions} of a family's table says: rows of a table, one a place. */
    private static final String TABLE = "table";
    /** Sinusoids as tensor2tensor lays them out, of places that are counted over tokens and begin behind padding's number. */
    private static final String COUNTED = "counted-sinusoids";
    /** None here; the first layer of each stack holds biases of attention by distance. */
    static final String RELATIVE = "relative";

    /**
     * @param side what stands before the roles of its tensors: {@code source-}, {@code target-}
     * @param padding the token that shorter sentences are filled with
     * @throws UserError if the config gives no such embedding
     */
    static StackEmbedding of(LayerWeights w, String side, int padding, Settings settings, NDManager manager) {
        NDArray tokens = w.array(w.has(side + "tokens") ? side + "tokens" : "tokens");
        String kind = settings.text("positions");
        boolean table = kind.equals(TABLE);
        int before = table && settings.has("positionOffset") ? settings.size("positionOffset") : 0;
        Map<String, NDArray> positions = positions(kind, w, side, settings, manager);
        return new StackEmbedding(
                tokens,
                positions,
                before,
                table ? Math.toIntExact(positions.get(TABLE).getShape().get(0)) - before : Integer.MAX_VALUE,
                w.normIfAny(side + "embedding-norm"),
                settings.has("learnsPadding") && settings.flag("learnsPadding") ? -1 : padding,
                settings.flag("scaleEmbedding") ? Math.sqrt(settings.size("width")) : 1,
                settings.probability("dropout"));
    }

    private static Map<String, NDArray> positions(
            String kind, LayerWeights w, String side, Settings settings, NDManager manager) {
        return switch (kind) {
            case TABLE -> Map.of(TABLE, w.array(side + "positions"));
            case COUNTED -> {
                NDManager cpu = manager.newSubManager(Device.cpu());
                int width = settings.size("width");
                if (width < 4) {
                    throw new UserError(settings.config().source() + ": '" + settings.key("width") + "' is " + width
                            + ", too narrow for sinusoidal positions");
                }
                yield Map.of("sinusoids", cpu.create((long) width));
            }
            case RELATIVE -> Map.of();
            default -> throw new IllegalStateException("the family's table has positions '" + kind + "'");
        };
    }

    int vocabulary() {
        return Math.toIntExact(tokens.getShape().get(0));
    }

    /** Tokens from the first place on, row by row: {@code [rows, time, model]}. */
    NDArray states(long[] ids, int rows, Pass pass) {
        try (NDArray array = Inputs.of(ids, new Shape(rows, ids.length / rows), pass.scope())) {
            return states(array, 0, pass);
        }
    }

    /** The newest tokens, all at one place: {@code [rows, model]}. */
    NDArray newest(long[] ids, int place, Pass pass) {
        try (NDArray array = pass.scope().create(ids, new Shape(ids.length, 1));
                NDArray x = states(array, place, pass)) {
            NDArray rows = x.reshape(ids.length, -1);
            rows.attach(pass.scope());
            return rows;
        }
    }

    private NDArray states(NDArray ids, int first, Pass pass) {
        return pass.run(
                "stack_states", ids, tokens, positions, before + first, padding, scale, norm, pass.dropout(dropout));
    }
}
