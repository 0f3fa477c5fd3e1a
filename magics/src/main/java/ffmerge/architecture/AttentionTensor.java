package ffmerge.architecture;

/**
 * One tensor of an attention sublayer that heads have a part of.
 *
 * @param axis along which heads follow one another
 */
public record AttentionTensor(ModelTensor tensor, int axis) {
    private static final String SOURCE = "source-";

    /** Which of the layer's attention sublayers, as roles begin: "" or {@code source-}. */
    public String sublayer() {
        return tensor.role().startsWith(SOURCE) ? SOURCE : "";
    }

    /** Whether it is a matrix that heads come out of. */
    public boolean headsComeOut() {
        return !tensor.role().contains("attention-out");
    }
}
