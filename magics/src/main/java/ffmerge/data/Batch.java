package ffmerge.data;

/** Examples that go through a model together, as plain arrays. */
public sealed interface Batch
        permits TokenBatch,
                MaskedBatch,
                SentenceBatch,
                CompletionBatch,
                ContinuationBatch,
                ImageBatch,
                TranslationBatch {
    /** How many rows go in: mostly one an example. */
    int rows();

    /** How many examples there are. */
    default int examples() {
        return rows();
    }

    /** How many predictions the batch asks for: tokens that count in a loss, images. */
    int scored();

    /** What stands in the rows from {@code from} to {@code to} (exclusive). */
    Batch part(int from, int to);

    /** The first example so many times: what a batch of that size costs does not depend on what else the data has. */
    Batch repeated(int rows);
}
