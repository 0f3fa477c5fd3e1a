package ffmerge.model;

/** A model of rows of tokens. */
public interface TextReader {
    /** The longest row of tokens that the model takes. */
    int context();

    int vocabulary();
}
