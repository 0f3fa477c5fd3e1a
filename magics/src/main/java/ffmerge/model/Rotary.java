package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.UserError;
import ffmerge.architecture.LayerKind;
import ffmerge.architecture.LayerKinds;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Rotary positions: how far each pair of a head's dimensions turns from one position to the next. Follows transformers'
 * {@code modeling_rope_utils}, in float32 as there. {@link #NONE} turns nothing.
 *
 * <p>The settings of a family that has them:
 *
 * <ul>
 *   <li>{@code rope}: the object that says of what type they are, one of {@link RotaryTurns#KNOWN}, of all layers or by kinds of layers, as {@link LayerKind}
 *       labels them, where {@code ropeByKind} is set;
 *   <li>{@code ropeBase}, and {@code slidingRopeBase} for layers with a window where they have their own;
 *   <li>{@code ropeShare}: the share of a head's dimensions that is turned, the first ones; other than 1 only where
 *       {@code ropePartial} is set; or {@code ropeWidth}: how many they are;
 *   <li>{@code ropePairs}: {@code halves}, where dimension i and i + width / 2 are a pair, or {@code neighbours};
 *   <li>{@code ropeContext}: the context that the model was trained on before its positions were scaled;
 *   <li>{@code ropeAnew}: whether a text that grows beyond that while it is generated gets all its keys turned anew;
 *   <li>{@code alibi}: whether nothing turns, and scores are biased by positions instead (Press et al. 2022);
 *   <li>{@code ropeType}: what the family means by names of types that say something else, or nothing, elsewhere.
 * </ul>
 */
final class Rotary implements KernelArgument {
    static final Rotary NONE = new Rotary(null, Map.of());

    // keys of the object that transformers 5 has for positions, in every family
    private static final String PARAMETERS = "rope_parameters";
    private static final String SCALING = "rope_scaling";
    private static final String BASE = "rope_theta";
    private static final String SHARE = "partial_rotary_factor";
    private static final String CONTEXT = "original_max_position_embeddings";

    private final RotaryTurns turns; // null where nothing turns
    private final Map<String, NDArray> parts;

    private Rotary(RotaryTurns turns, Map<String, NDArray> parts) {
        this.turns = turns;
        this.parts = parts;
    }

    /**
     * {@code frequencies} [pairs], float32; {@code neighbours} where such dimensions are pairs; {@code factor} of cosines and
     * sines where it isn't 1.
     */
    @Override
    public Map<String, NDArray> parts(boolean training) {
        return parts;
    }

    /**
     * The positions of a text of so many tokens.
     *
     * @param scope of what is made for it alone
     */
    Rotary at(int length, NDManager scope) {
        if (length <= steady()) {
            return this;
        }
        Map<String, NDArray> longer = new LinkedHashMap<>(parts);
        longer.put("frequencies", scope.create(turns.at(length)));
        return new Rotary(turns, longer);
    }

    /** How long a text may be before it turns otherwise than shorter ones. */
    int steady() {
        return turns == null ? Integer.MAX_VALUE : turns.steady();
    }

    /** How long a text may be, of a model of so many positions. */
    int longest(int context) {
        return turns == null ? context : turns.longest();
    }

    /** @throws UserError if the config of a family with rotary positions asks for a kind that is not known here */
    static void requireKnown(Settings settings, int layers) {
        if (!settings.knows("rope")) {
            return;
        }
        for (LayerKind kind : Set.copyOf(LayerKinds.of(settings, layers))) {
            ModelConfig rope = rope(settings, kind).orElse(settings.config());
            String type = type(settings, kind);
            if (!RotaryTurns.KNOWN.contains(type)) {
                throw new UserError(rope.source() + ": rotary positions of the type '" + type
                        + "' are not supported; supported are " + String.join(", ", RotaryTurns.KNOWN));
            }
            double share = share(rope, settings);
            if (share != 1 && !isSet("ropePartial", settings)) {
                throw new UserError(
                        rope.source() + ": rotary positions for a part of a head (" + share + ") are not supported");
            }
        }
    }

    private static boolean isSet(String flag, Settings settings) {
        return settings.has(flag) && settings.flag(flag);
    }

    /**
     * What is said of the positions of such layers. transformers 5 writes {@code rope_parameters}, of some families an object
     * with one for each kind of layers; before, what there was but the base stood in {@code rope_scaling}, which spoke of
     * layers without a window where it couldn't speak of all.
     */
    private static Optional<ModelConfig> rope(Settings settings, LayerKind kind) {
        Optional<ModelConfig> whole = settings.object("rope");
        if (whole.isEmpty()) {
            return whole;
        }
        Optional<String> first = whole.get().firstObject();
        if (!isSet("ropeByKind", settings)) {
            first.ifPresent(layers -> {
                throw new UserError(whole.get().source() + ": rotary positions of their own for some layers ('" + layers
                        + "') are not supported; those of all layers should be one");
            });
            return whole;
        }
        if (settings.config().has(SCALING) && settings.config().has(PARAMETERS)) {
            return ofBoth(settings.config(), kind);
        }
        if (first.isPresent()) {
            return whole.get().object(kind.label());
        }
        if (whole.get().has("type") && !whole.get().has("rope_type")) {
            throw new UserError(
                    whole.get().source() + ": 'type' should be called 'rope_type': transformers 5 doesn't heed it in "
                            + "this family, older versions did");
        }
        if (settings.key("rope").equals(PARAMETERS)) {
            throw new UserError(whole.get().source()
                    + ": rotary positions should be given for each kind of layers, as {\"" + kind.label() + "\": {…}}");
        }
        return kind.slides() ? Optional.empty() : whole;
    }

    /** What is said twice, as where version 4 saved what 5 wrote: the older object adds to layers without a window. */
    private static Optional<ModelConfig> ofBoth(ModelConfig config, LayerKind kind) {
        ModelConfig parameters = config.object(PARAMETERS).orElseThrow();
        ModelConfig scaling = config.object(SCALING).orElseThrow();
        if (parameters.firstObject().isEmpty()) {
            throw new UserError(config.source() + ": '" + PARAMETERS + "' beside '" + SCALING
                    + "' should tell of each kind of layers, as {\"" + kind.label() + "\": {…}}");
        }
        Optional<ModelConfig> own = parameters.object(kind.label());
        return kind.slides()
                ? own
                : Optional.of(own.map(said -> said.with(scaling)).orElse(scaling));
    }

    /** transformers 5 writes {@code rope_type}; older versions wrote {@code type}. */
    private static String type(Settings settings, LayerKind kind) {
        return rope(settings, kind)
                .map(own -> settings.meaning("ropeType", own.text("rope_type", own.text("type", "default"))))
                .orElse("default");
    }

    /**
     * The positions of layers of one kind.
     *
     * @param settings of positions that are known here
     * @param head width of an attention head; 0 where no layer attends
     * @throws UserError if it can't be turned so
     */
    static Rotary of(Settings settings, LayerKind kind, int head, NDManager manager) {
        if (isSet("alibi", settings)) {
            return new Rotary(null, Map.of("slopes", manager.create(slopes(settings.size("heads")))));
        }
        if (!settings.knows("rope") || !kind.turned() || head == 0) {
            return NONE;
        }
        // transformers 5 writes rope_parameters; before, the base stood alone beside rope_scaling
        Optional<ModelConfig> own = rope(settings, kind);
        ModelConfig rope = own.orElse(settings.config());
        String ownBase = kind.slides() && settings.has("slidingRopeBase") ? "slidingRopeBase" : "ropeBase";
        double absent = settings.number(ownBase);
        double base = own.map(said -> said.number(BASE, absent)).orElse(absent);
        if (!(base > 0)) {
            throw new UserError(rope.source() + ": '" + settings.key(ownBase) + "' should be positive, is " + base);
        }
        int context = settings.size("context");
        double trained = settings.number("ropeContext", rope.number(CONTEXT, context));
        RotaryTurns turns = new RotaryTurns(
                type(settings, kind), rope, base, width(settings, rope, head), context, trained, manager);
        Map<String, NDArray> parts = new LinkedHashMap<>();
        parts.put("frequencies", manager.create(turns.at(Math.min(context, turns.steady()))));
        if (isOfNeighbours(settings)) {
            parts.put("neighbours", manager.create(1));
        }
        double factor = turns.attentionFactor();
        if (factor != 1) {
            parts.put("factor", manager.create((float) factor));
        }
        turns.at(Integer.MAX_VALUE); // what longer texts need is asked for before there is one
        return new Rotary(turns, parts);
    }

    /**
     * ALiBi's slope of each head: powers of {@code 2^(-8 / heads)}; of a number of heads that is no power of two, those of
     * the next smaller one and, of the next larger, every other.
     */
    static float[] slopes(int heads) {
        int power = Integer.highestOneBit(heads);
        float[] slopes = new float[heads];
        for (int head = 0; head < heads; head++) {
            double of = head < power ? (head + 1.0) / power : (2.0 * (head - power) + 1) / (2 * power);
            slopes[head] = (float) Math.pow(2, -8 * of);
        }
        return slopes;
    }

    /** How many dimensions of a head are turned; an odd number is rounded up to pairs. */
    private static int width(Settings settings, ModelConfig rope, int head) {
        int width = settings.has("ropeWidth") ? settings.size("ropeWidth") : (int) (head * share(rope, settings));
        boolean splitsPair = width % 2 != 0 && isOfNeighbours(settings); // halves are filled up with one more
        if (width < 1 || width + width % 2 > head || splitsPair) {
            throw new UserError(settings.config().source()
                    + (width == head
                            ? ": heads of an odd width, " + head
                                    + ", can't have rotary positions, which turn dimensions in pairs"
                            : ": rotary positions can't turn " + width + " of a head's " + head + " dimensions"));
        }
        return width;
    }

    private static boolean isOfNeighbours(Settings settings) {
        return settings.text("ropePairs", "halves").equals("neighbours");
    }

    /** What the positions' own object says, else the config. */
    private static double share(ModelConfig rope, Settings settings) {
        return rope.number(SHARE, settings.number("ropeShare", 1));
    }
}
