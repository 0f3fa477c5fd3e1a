package ffmerge.architecture;

/**
 * One tensor of an attention sublayer.
 *
 * @param axis along which heads follow one another; {@value #NONE} where heads have no part of it
 */
public record AttentionTensor(ModelTensor tensor, int axis) {
    static final int NONE = -1;

    private static final String SOURCE = "source-";

    /** Which of the layer's attention sublayers, as roles begin: "" or {@code source-}. */
    public String sublayer() {
        return isOfSource(tensor) ? SOURCE : "";
    }

    /** Whether a tensor belongs to a decoder's attention to its encoder's output. */
    static boolean isOfSource(ModelTensor tensor) {
        return tensor.role().startsWith(SOURCE);
    }

    /** Whether heads have a part of it. */
    public boolean hasHeads() {
        return axis != NONE;
    }

    /** Whether it belongs to a norm, not to a linear map. */
    public boolean isNorm() {
        return tensor.role().contains("-norm");
    }

    /** Whether it is a matrix that heads come out of. */
    public boolean headsComeOut() {
        return !tensor.role().contains("attention-out");
    }
}
