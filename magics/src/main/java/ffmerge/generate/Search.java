package ffmerge.generate;

import java.util.List;

/** Chooses, step by step, with which tokens the sentences of a batch go on, and knows when they are finished. */
public interface Search {
    /**
     * What is decoded next.
     *
     * @param sentences which of the sentences that were decoded before still are
     * @param order for each row, which of the rows before it continues
     * @param tokens the rows' newest tokens
     * @param scores the rows' log-probabilities, summed
     */
    record Rows(long[] sentences, long[] order, long[] tokens, float[] scores) {}

    /**
     * The search that the settings ask for.
     *
     * @param limits how many tokens each sentence may get
     */
    static Search of(int[] limits, int vocabulary, GenerationSettings settings) {
        return settings.beams() == 1
                ? new GreedySearch(limits, settings)
                : new BeamSearch(limits, vocabulary, settings);
    }

    /** Where every sentence starts: one row each. */
    Rows start();

    /** How many continuations of each sentence {@link #next} wants to choose from. */
    int candidates();

    /**
     * Takes the best continuations of each sentence, best first.
     *
     * @param scores log-probabilities with those of the rows added, {@code [sentences, candidates]}
     * @param which row of the sentence × vocabulary + token, {@code [sentences, candidates]}
     * @return without sentences where all are finished
     */
    Rows next(float[] scores, long[] which);

    /** The tokens of each sentence that was searched for, without the start token. */
    List<int[]> results();
}
