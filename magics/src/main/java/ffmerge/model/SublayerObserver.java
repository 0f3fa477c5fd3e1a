package ffmerge.model;

import ai.djl.ndarray.NDArray;

/** Sees what sublayers compute while a model runs. */
@FunctionalInterface
public interface SublayerObserver {
    SublayerObserver NOBODY = new SublayerObserver() {
        @Override
        public void observe(Site site, String stack, int layer, NDArray values) {}

        @Override
        public boolean wants(Site site, String stack, int layer) {
            return false;
        }
    };

    /**
     * Called when a sublayer has been computed. The array belongs to the pass: what is to stay must be copied.
     *
     * @param layer counted from 0 in its stack
     * @param values {@code [rows, width]} or {@code [batch, time, width]}; padding, if any, is left out
     *     unless the observer {@linkplain #seesPadding asks for it}
     */
    void observe(Site site, String stack, int layer, NDArray values);

    /** Whether it looks at this place. What isn't there in any pass is computed for those alone who ask for it. */
    default boolean wants(Site site, String stack, int layer) {
        return site.isAlwaysThere();
    }

    /** Whether padded places are shown too. */
    default boolean seesPadding() {
        return false;
    }
}
