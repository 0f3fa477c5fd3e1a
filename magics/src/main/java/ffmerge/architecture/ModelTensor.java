package ffmerge.architecture;

import com.fasterxml.jackson.annotation.JsonProperty;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.TensorSpec;
import java.util.List;

/**
 * A tensor that a model of this architecture has.
 *
 * @param name the name that transformers saves it under
 * @param spellings all names it may have in a file, {@code name} first
 * @param stack the stack of its layer, or null where it belongs to none
 * @param layer its layer, or -1
 * @param role its part in the forward pass, {@code query}; of biases {@code query-bias}
 * @param inputsFirst whether it is the weight of a layer's linear map and stored as [in, out], not as [out, in]
 */
public record ModelTensor(
        String name,
        List<String> spellings,
        List<Long> shape,
        String stack,
        int layer,
        String role,
        boolean inputsFirst,
        Kind kind) {
    /** What a tensor is. */
    public enum Kind {
        /** A parameter that training changes. */
        @JsonProperty("learned")
        LEARNED,
        /**
         * A table of sinusoidal positions: a parameter by count, but a function of its shape, so that files need not hold it
         * and training leaves it as it is.
         */
        @JsonProperty("sinusoids")
        SINUSOIDS,
        /** A parameter that other heads read and this one doesn't: files keep it, zero where one lacks it, and nothing trains it. */
        @JsonProperty("idle")
        IDLE,
        /** No parameter: values that go with the weights, zero where a file lacks them. */
        @JsonProperty("buffer")
        BUFFER
    }

    public boolean isParameter() {
        return kind != Kind.BUFFER;
    }

    /** Whether it is part of an FF sublayer. */
    public boolean isFeedForward() {
        return layer >= 0 && FeedForwardTensor.ROLES.contains(role);
    }

    /** The sublayer of its layer that it is part of, for tensors of layers. */
    public Branch branch() {
        return isFeedForward() ? Branch.FEED_FORWARD : Branch.ATTENTION;
    }

    /** How wide what enters the linear map with this weight is. */
    public long inputs() {
        return shape.get(inputsFirst ? 0 : 1);
    }

    /** How wide what comes out of it is; of a bias, its length. */
    public long outputs() {
        return shape.get(inputsFirst ? 1 : 0);
    }

    /** What the outputs of the linear map with this weight are multiplied by, a tensor of its own beside it. */
    ModelTensor factor() {
        return new ModelTensor(
                factor(name),
                spellings.stream().map(ModelTensor::factor).toList(),
                List.of(outputs()),
                stack,
                layer,
                FeedForwardTensor.FACTOR,
                false,
                Kind.LEARNED);
    }

    private static String factor(String weight) {
        return weight.substring(0, weight.lastIndexOf('.')) + ".factor";
    }

    public TensorSpec spec(DType dtype) {
        return new TensorSpec(name, dtype, shape);
    }

    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
