package ffmerge.architecture;

import java.util.List;

/**
 * Layers that follow one another: a decoder, an encoder.
 *
 * @param feedForwards one a layer, in order
 * @param layersKeys the keys of {@code config.json} that hold the number of layers, the deciding one first
 */
public record Stack(String name, List<FeedForwardSublayer> feedForwards, List<String> layersKeys) {
    public int layers() {
        return feedForwards.size();
    }

    public int feedForwardWidth() {
        return feedForwards.get(0).width();
    }
}
