package ffmerge.model;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** A model that says which of its classes an image belongs to. */
public interface ImageClassifier {
    /** What the model was made for, and all that it takes unless it {@linkplain #takesAnyImageSize takes more}. */
    ImageShape imageShape();

    /** Whether it takes images of other heights and widths, too. */
    boolean takesAnyImageSize();

    /** The classes' names, in the order of their scores; none of a model without a head. */
    List<String> classNames();

    /** How many tokens stand for an image on its way through the layers: its patches and those before them. */
    int tokensPerImage(ImageShape shape);

    /** Scores of the classes: {@code [batch, classes]}. */
    NDArray classLogits(HiddenStates last, Pass pass);

    /** An image's size in pixels. */
    record ImageShape(int channels, int height, int width) {}
}
