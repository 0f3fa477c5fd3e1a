package ffmerge.average;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.merge.OrderedSublayer;
import ffmerge.model.FeedForward;
import ffmerge.model.TransformerModel;
import ffmerge.torch.Kernels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The regression mean of FF sublayers (Jin et al. 2023, RegMean): of the maps {@code W_i} with inputs {@code X_i} the map
 * {@code W = (Σ W_i G_i + λ W̄)(Σ G_i + λ I)⁻¹} with {@code G_i = X_iᵀX_i / rows}, which of all maps is nearest to each in its
 * own place; {@code W̄} is the plain mean. The down-projection is fitted afterwards to what the sublayers gave, from the units
 * that the merged maps make of their inputs. Biases are weights of an input that is always one, without ridge.
 *
 * <p>Both are computed as what is added to the plain mean, so that equal sublayers stay as they are to the last bit.
 *
 * @param ridge λ as a share of the mean of the diagonal of {@code Σ G_i}
 */
public record RegressionMean(TransformerModel model, FeedForwardInputs inputs, double ridge) {
    /**
     * @param sublayers with their units in order
     * @param mean their plain mean, by role
     * @return the regression mean's values by role
     */
    public Map<String, float[]> of(List<OrderedSublayer> sublayers, Map<String, float[]> mean) {
        FeedForwardSublayer like = sublayers.get(0).sublayer();
        Map<String, float[]> merged = new LinkedHashMap<>(mean);
        try (NDManager scope = model.newScope()) {
            fitUnits(sublayers, mean, merged, scope);
        }
        try (NDManager scope = model.newScope()) {
            fitOutput(like, sublayers, mean, merged, scope);
        }
        return merged;
    }

    /** The maps that make units: up and, where there are gates, gate. They have the same inputs. */
    private void fitUnits(
            List<OrderedSublayer> sublayers, Map<String, float[]> mean, Map<String, float[]> merged, NDManager scope) {
        FeedForwardSublayer like = sublayers.get(0).sublayer();
        List<String> roles =
                like.isGated() ? List.of(FeedForwardTensor.UP, FeedForwardTensor.GATE) : List.of(FeedForwardTensor.UP);
        Map<String, NDArray> means = new LinkedHashMap<>();
        Map<String, NDArray> residues = new LinkedHashMap<>();
        Map<String, NDArray> moments = new LinkedHashMap<>(); // with and without a constant input
        for (String role : roles) {
            NDArray whole = WholeMaps.of(like, role, mean, scope);
            means.put(role, whole);
            long width = whole.getShape().get(1);
            residues.put(role, WholeMaps.zeros(scope, whole.getShape().get(0), width));
            moments.put(role, WholeMaps.zeros(scope, width, width));
        }
        for (OrderedSublayer ordered : sublayers) {
            try (NDManager own = scope.newSubManager()) {
                boolean anyBias = roles.stream().anyMatch(role -> WholeMaps.hasBias(like, role));
                NDArray gram = inputs.moments(
                        ordered.sublayer(),
                        model.architecture().modelWidth(),
                        anyBias,
                        own,
                        FeedForwardInputs.Features.INPUTS);
                for (String role : roles) {
                    NDArray fitting = WholeMaps.hasBias(like, role) || !anyBias
                            ? gram
                            : Kernels.run(own, false, "without_last", gram);
                    moments.get(role).addi(fitting);
                    Kernels.execute(
                            "add_residue",
                            residues.get(role),
                            WholeMaps.of(ordered, role, own),
                            means.get(role),
                            fitting);
                }
            }
        }
        for (String role : roles) {
            NDArray whole = Kernels.run(
                    scope,
                    false,
                    "regressed",
                    means.get(role),
                    residues.get(role),
                    moments.get(role),
                    ridge,
                    WholeMaps.hasBias(like, role));
            WholeMaps.into(merged, like, role, whole);
        }
    }

    private void fitOutput(
            FeedForwardSublayer like,
            List<OrderedSublayer> sublayers,
            Map<String, float[]> mean,
            Map<String, float[]> merged,
            NDManager scope) {
        boolean bias = WholeMaps.hasBias(like, FeedForwardTensor.DOWN);
        NDArray plain = WholeMaps.of(like, FeedForwardTensor.DOWN, mean, scope);
        long width = plain.getShape().get(1);
        NDArray moments = WholeMaps.zeros(scope, width, width);
        NDArray residue = WholeMaps.zeros(scope, plain.getShape().get(0), width);
        Architecture architecture = model.architecture();
        FeedForward together = FeedForward.of(architecture, like, merged, scope);
        for (OrderedSublayer ordered : sublayers) {
            FeedForward own = FeedForward.of(model, ordered.sublayer());
            double share = 1. / inputs.rows(ordered.sublayer()); // each counts by its mean over rows
            inputs.replay(ordered.sublayer(), scope, (x, batch) -> {
                NDArray units = together.units(x, batch);
                NDArray wanted = own.output(own.units(x, batch), batch);
                NDArray given = together.output(units, batch);
                NDArray left = Kernels.run(batch, false, "difference", wanted, given, share);
                NDArray wide = Kernels.run(batch, false, "with_ones", units, bias);
                Kernels.execute("add_product", residue, left, wide);
                Kernels.execute("add_shared_product", moments, wide, share);
            });
        }
        NDArray whole = Kernels.run(scope, false, "regressed", plain, residue, moments, ridge, bias);
        WholeMaps.into(merged, like, FeedForwardTensor.DOWN, whole);
    }
}
