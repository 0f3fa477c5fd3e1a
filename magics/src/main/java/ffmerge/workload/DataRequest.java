package ffmerge.workload;

import ffmerge.data.Augmentation;
import ffmerge.data.Columns;
import ffmerge.data.PromptTemplate;
import ffmerge.data.Split;
import ffmerge.evaluate.BleuTokenizer;
import ffmerge.evaluate.Bos;
import ffmerge.evaluate.Perplexity;
import java.util.Optional;

/**
 * Which data is wanted, and how it is to be measured. What is empty is left to the model and the data.
 *
 * @param data a demo data set's name, a file or folder, or a data set of the hub; "" for the demo data of the model's task
 * @param firstRead the part that will be read first: of data on the hub, no other is fetched to see what it holds
 * @param columns of a table that are asked for
 * @param skipBroken whether images that can't be decoded are left out
 * @param augmentation what is done to images of training
 * @param windows how text is cut into windows and scored
 * @param generating how texts are generated where that is measured
 * @param questions of a task, by which a model is measured
 */
public record DataRequest(
        String data,
        Split firstRead,
        Columns columns,
        boolean skipBroken,
        Augmentation augmentation,
        TextWindows windows,
        Generating generating,
        Optional<Questions> questions) {
    /**
     * How text is cut into windows and scored.
     *
     * @param context positions of a window; also of a row of training and of a block for activations
     * @param stride how many tokens a window begins after the one before
     * @param bos where a begin-of-text token is put
     * @param weighting of perplexity
     */
    public record TextWindows(
            Optional<Integer> context, Optional<Integer> stride, Bos bos, Perplexity.Weighting weighting) {
        /** The model's context, half of which overlaps, with what the tokenizer's template says before the text. */
        public static final TextWindows USUAL =
                new TextWindows(Optional.empty(), Optional.empty(), Bos.AUTO, Perplexity.Weighting.WINDOW);

        /** Windows of so many positions. */
        public static TextWindows of(int context) {
            return new TextWindows(Optional.of(context), USUAL.stride, USUAL.bos, USUAL.weighting);
        }
    }

    /**
     * How texts are generated and scored.
     *
     * @param words how BLEU cuts a translation into words
     * @param prompt what a dialogue that is to be summarized stands in
     * @param stem whether ROUGE compares the stems of words
     */
    public record Generating(
            Optional<Integer> beams,
            Optional<Integer> maxLength,
            Optional<BleuTokenizer> words,
            Optional<PromptTemplate> prompt,
            boolean stem) {
        /** All as the model and the data suggest. */
        public static final Generating USUAL =
                new Generating(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    /**
     * Which questions are asked.
     *
     * @param task a known one's name, or a file
     * @param shots how many examples stand before each
     * @param shotsData where the examples come from; of the questions' own data where it is empty
     * @param data whose rows are the questions; empty where they are those of the requested data, of which nothing is trained then
     */
    public record Questions(String task, int shots, Optional<String> shotsData, Optional<String> data) {
        /** The rows of the requested data, without examples before them. */
        public static Questions of(String task) {
            return new Questions(task, 0, Optional.empty(), Optional.empty());
        }
    }

    /** The demo data of a model's task. */
    public static final DataRequest DEMO = of("");

    /** This data, measured as usual. */
    public static DataRequest of(String data) {
        return new DataRequest(
                data,
                Split.VALIDATION,
                Columns.KNOWN,
                false,
                Augmentation.SHIFT,
                TextWindows.USUAL,
                Generating.USUAL,
                Optional.empty());
    }

    /** The same data in other windows. */
    public DataRequest in(TextWindows other) {
        return new DataRequest(data, firstRead, columns, skipBroken, augmentation, other, generating, questions);
    }

    /** The same rows as questions of a task. */
    public DataRequest asking(String task) {
        return asking(Questions.of(task));
    }

    /** The same rows as these questions. */
    public DataRequest asking(Questions asked) {
        return new DataRequest(
                data, firstRead, columns, skipBroken, augmentation, windows, generating, Optional.of(asked));
    }

    /** The same data, measured by its own task. */
    DataRequest withoutQuestions() {
        return new DataRequest(
                data, firstRead, columns, skipBroken, augmentation, windows, generating, Optional.empty());
    }

    /** Other data, measured in the same way. */
    DataRequest naming(String other) {
        return new DataRequest(other, firstRead, columns, skipBroken, augmentation, windows, generating, questions);
    }
}
