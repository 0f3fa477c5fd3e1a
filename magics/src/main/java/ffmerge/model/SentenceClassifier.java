package ffmerge.model;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** A model that says which of its classes a sentence belongs to. */
public interface SentenceClassifier extends TextReader {
    /** The classes' names, in the order of their scores. */
    List<String> classNames();

    /** Scores of the classes: {@code [batch, classes]}. */
    NDArray classLogits(HiddenStates last, Pass pass);
}
