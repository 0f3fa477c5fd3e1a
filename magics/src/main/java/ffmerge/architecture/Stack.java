package ffmerge.architecture;

import java.util.List;

/**
 * Layers that follow one another: a decoder, an encoder.
 *
 * @param layers how many
 * @param feedForwards one a layer, in order; layers may lack theirs
 * @param layersKeys the keys of {@code config.json} that hold the number of layers, the deciding one first
 */
public record Stack(String name, int layers, List<FeedForwardSublayer> feedForwards, List<String> layersKeys) {
    /** A stack none of whose layers lacks its FF sublayer. */
    public Stack(String name, List<FeedForwardSublayer> feedForwards, List<String> layersKeys) {
        this(name, feedForwards.size(), feedForwards, layersKeys);
    }

    public int feedForwardWidth() {
        return feedForwards.get(0).width();
    }
}
