package ffmerge.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Counted;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Which layers of a decoder see a window of the tokens before them, and which turn queries and keys by their positions.
 * The settings of a family that say so, all of which may be missing:
 *
 * <ul>
 *   <li>{@code slidingWindow}: how many tokens a layer sees that has a window; without it, none has one;
 *   <li>{@code slidingIf}: a flag without which none has one;
 *   <li>{@code layerTypes}: a list with a word for each layer, {@code sliding_attention} or {@code full_attention}; where
 *       there is none, all have one, or those that the next three say;
 *   <li>{@code slidingFrom}: the first layer that has one;
 *   <li>{@code slidingButEvery}: n, where each n-th has none;
 *   <li>{@code slidingUnturned}: those that don't turn;
 *   <li>{@code turnedLayers}: a list with 1 for each layer that turns and 0 for one that doesn't; where there is none, all
 *       turn but each n-th of {@code turnedButEvery}.
 * </ul>
 */
public final class LayerKinds {
    static final String FULL = "full_attention";
    static final String SLIDING = "sliding_attention";

    private static final String TYPES = "layerTypes";
    private static final String TURNED = "turnedLayers";

    private final Settings settings;
    private final int layers;

    private LayerKinds(Settings settings, int layers) {
        this.settings = settings;
        this.layers = layers;
    }

    /**
     * One of each layer.
     *
     * @throws UserError if a list of the config's is not of a word for each of these layers, or a kind isn't known
     */
    public static List<LayerKind> of(Settings settings, int layers) {
        LayerKinds kinds = new LayerKinds(settings, layers);
        List<Boolean> turned = kinds.turned();
        List<Boolean> sliding = kinds.sliding(turned);
        int window = sliding.contains(true) ? kinds.window() : LayerKind.ALL;
        return IntStream.range(0, layers)
                .mapToObj(i -> new LayerKind(sliding.get(i) ? window : LayerKind.ALL, turned.get(i)))
                .toList();
    }

    private int window() {
        if (!isWindowSet()) {
            throw new UserError(settings.config().source() + ": '" + settings.key(TYPES) + "' names " + SLIDING
                    + ", which needs '" + settings.key("slidingWindow") + "'"
                    + (settings.knows("slidingIf") ? " and '" + settings.key("slidingIf") + "'" : ""));
        }
        return settings.size("slidingWindow");
    }

    private boolean isWindowSet() {
        return settings.has("slidingWindow") && (!settings.knows("slidingIf") || settings.flag("slidingIf"));
    }

    private List<Boolean> turned() {
        Optional<List<JsonNode>> listed = listed(TURNED);
        if (listed.isPresent()) {
            return listed.get().stream().map(this::isTurned).toList();
        }
        int every = settings.has("turnedButEvery") ? settings.size("turnedButEvery") : Integer.MAX_VALUE;
        return IntStream.range(0, layers).mapToObj(i -> (i + 1) % every != 0).toList();
    }

    private boolean isTurned(JsonNode word) {
        if (!word.isIntegralNumber() && !word.isBoolean()) {
            throw new UserError(
                    settings.config().source() + ": '" + settings.key(TURNED) + "' should hold 1 and 0, holds " + word);
        }
        return word.asInt() != 0;
    }

    private List<Boolean> sliding(List<Boolean> turned) {
        Optional<List<JsonNode>> listed = listed(TYPES);
        if (listed.isPresent()) {
            return listed.get().stream().map(this::isSliding).toList();
        }
        boolean any = isWindowSet();
        int from = settings.has("slidingFrom") ? settings.wholeNumber("slidingFrom") : 0;
        int every = settings.has("slidingButEvery") ? settings.size("slidingButEvery") : Integer.MAX_VALUE;
        boolean unturned = settings.has("slidingUnturned");
        List<Boolean> sliding = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            sliding.add(any && layer >= from && (layer + 1) % every != 0 && !(unturned && turned.get(layer)));
        }
        return sliding;
    }

    private boolean isSliding(JsonNode word) {
        return switch (word.asText()) {
            case SLIDING -> true;
            case FULL, "attention" -> false;
            default ->
                throw new UserError(settings.config().source() + ": '" + settings.key(TYPES)
                        + "' names layers of the kind '" + word.asText() + "'; known are " + FULL + " and " + SLIDING);
        };
    }

    private Optional<List<JsonNode>> listed(String name) {
        if (!settings.knows(name) || !settings.config().has(settings.key(name))) {
            return Optional.empty();
        }
        JsonNode list = settings.config().json().get(settings.key(name));
        if (!list.isArray() || list.size() != layers) {
            throw new UserError(settings.config().source() + ": '" + settings.key(name)
                    + "' should be a list of a word for each of " + Counted.of(layers, "layers") + ", is " + list);
        }
        List<JsonNode> words = new ArrayList<>();
        list.forEach(words::add);
        return Optional.of(words);
    }

    /**
     * The config of a model of some of a config's layers: each stays of its kind, wherever it stands now.
     *
     * @param kept in order
     */
    static ModelConfig keeping(Settings settings, int layers, List<Integer> kept) {
        if (!settings.knows(TYPES) && !settings.knows(TURNED)) {
            return settings.config();
        }
        List<LayerKind> kinds = of(settings, layers);
        ObjectNode changed = settings.config().json().deepCopy();
        if (settings.knows(TYPES)) {
            ArrayNode types = changed.putArray(settings.key(TYPES));
            kept.forEach(layer -> types.add(kinds.get(layer).label()));
        }
        if (settings.knows(TURNED)) {
            ArrayNode turned = changed.putArray(settings.key(TURNED));
            kept.forEach(layer -> turned.add(kinds.get(layer).turned() ? 1 : 0));
        }
        return new ModelConfig(changed, settings.config().source());
    }

    /** The config of which no list says of what kind each layer is, to have another number of them. */
    static ModelConfig unlisted(Settings settings) {
        ObjectNode changed = settings.config().json().deepCopy();
        for (String name : List.of(TYPES, TURNED)) {
            if (settings.knows(name)) {
                changed.remove(settings.key(name));
            }
        }
        return new ModelConfig(changed, settings.config().source());
    }
}
