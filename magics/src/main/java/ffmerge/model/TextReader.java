package ffmerge.model;

/** A model of rows of tokens. */
public interface TextReader {
    /** How long rows of tokens are that the model is made for. */
    int context();

    /** The longest row that it takes, where its positions stretch beyond that. */
    default int longest() {
        return context();
    }

    int vocabulary();
}
