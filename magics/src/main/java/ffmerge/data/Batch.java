package ffmerge.data;

/** Examples that go through a model together, as plain arrays. */
public sealed interface Batch permits TokenBatch {
    /** How many examples there are. */
    int rows();
}
