package ffmerge.model;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * An FF sublayer as a layer runs it: {@code down(φ(up(x)))}, or with gates {@code down(φ(gate(x)) · up(x))}, x behind a norm.
 *
 * @param norm none where the family has it elsewhere
 * @param gate null where units have no gates
 */
record FeedForwardMaps(Norm norm, Linear up, Linear gate, Linear down, String activation) {
    /** What comes out of states {@code [batch, time, model]}, before what stands behind the sublayer. */
    NDArray run(NDArray x, String stack, int layer, Pass pass) {
        pass.observeInput(Site.FEED_FORWARD_INPUT, stack, layer, x, norm);
        NDArray feedForward = gate == null ? plain(x, stack, layer, pass) : gated(x, stack, layer, pass);
        pass.observe(Site.FEED_FORWARD, stack, layer, feedForward);
        return feedForward;
    }

    private NDArray plain(NDArray x, String stack, int layer, Pass pass) {
        if (!pass.observesUnits(stack, layer)) {
            return pass.run("feed_forward", x, norm, up, activation, down, 0.);
        }
        try (NDArray units = pass.run("units", x, norm, up)) { // […, hidden]
            pass.observe(Site.FEED_FORWARD_UNITS, stack, layer, units);
            pass.observeActivated(stack, layer, units, activation);
            return pass.run("down", units, activation, down, 0.);
        }
    }

    private NDArray gated(NDArray x, String stack, int layer, Pass pass) {
        try (NDArray product = product(x, stack, layer, pass)) { // […, hidden]
            pass.observe(Site.FEED_FORWARD_PRODUCT, stack, layer, product);
            return pass.run("linear", product, down);
        }
    }

    /** The units times their activated gates. */
    private NDArray product(NDArray x, String stack, int layer, Pass pass) {
        List<NDArray> units = pass.runAll("gated_units", x, norm, up, gate);
        try (NDArray ups = units.get(0);
                NDArray gates = units.get(1)) {
            pass.observe(Site.FEED_FORWARD_UNITS, stack, layer, ups);
            pass.observe(Site.FEED_FORWARD_GATE, stack, layer, gates);
            return pass.run("gated_product", ups, gates, activation);
        }
    }
}
