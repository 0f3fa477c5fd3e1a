package ffmerge.model;

import ai.djl.ndarray.NDArray;

/**
 * Shows the observer of a pass some rows of what it would see.
 *
 * @param places of those rows, counted over batch and time
 */
record RowsObserver(long[] places, Pass pass) implements SublayerObserver {
    @Override
    public void observe(Site site, String stack, int layer, NDArray values) {
        try (NDArray array = pass.scope().create(places);
                NDArray rows = pass.run("rows", values, array)) {
            pass.observer().observe(site, stack, layer, rows);
        }
    }

    @Override
    public boolean wants(Site site, String stack, int layer) {
        return pass.observer().wants(site, stack, layer);
    }
}
