package ffmerge.workload;

import ffmerge.Progress;
import ffmerge.data.Split;
import ffmerge.model.TransformerModel;
import ffmerge.result.EvalResult;
import java.util.List;

/** A workload whose models answer with a text, which people would rather read than only count. */
public interface GeneratingWorkload extends Workload {
    /**
     * What a model answers to the first examples of a split, in the split's order.
     *
     * @param count how many, or all that there are
     */
    List<EvalResult.Sample> samples(TransformerModel model, Split split, int count, Progress progress);
}
