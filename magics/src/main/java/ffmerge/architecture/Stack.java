package ffmerge.architecture;

import java.util.List;

/**
 * Layers that follow one another: a decoder, an encoder.
 *
 * @param feedForwards one a layer, in order
 * @param layersKey the key of {@code config.json} that holds the number of layers
 */
public record Stack(String name, List<FeedForwardSublayer> feedForwards, String layersKey) {
    public int layers() {
        return feedForwards.size();
    }

    public int feedForwardWidth() {
        return feedForwards.get(0).width();
    }
}
