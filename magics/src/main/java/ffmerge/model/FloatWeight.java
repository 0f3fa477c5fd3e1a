package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ffmerge.torch.ArrayMemory;
import ffmerge.torch.Precision;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A weight as it is.
 *
 * @param precision of its values
 * @param inputsFirst whether it is [in, out], not [out, in]
 */
record FloatWeight(NDArray array, Precision precision, boolean inputsFirst) implements Weight {
    @Override
    public Optional<WeightForm> form() {
        return Optional.empty();
    }

    @Override
    public Shape shape() {
        return array.getShape();
    }

    @Override
    public long bytes() {
        return array.size() * precision.bytes();
    }

    @Override
    public Map<String, NDArray> parts() {
        return Map.of(inputsFirst ? "turned" : "weight", array);
    }

    @Override
    public void copyOut(long from, FloatBuffer into) {
        ArrayMemory.copyOut(array, from, into);
    }

    @Override
    public Weight map(UnaryOperator<NDArray> of) {
        return new FloatWeight(of.apply(array), precision, inputsFirst);
    }
}
