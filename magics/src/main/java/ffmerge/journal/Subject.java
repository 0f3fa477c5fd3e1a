package ffmerge.journal;

import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.Stack;
import ffmerge.checkpoint.Ties;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import java.util.List;

/**
 * A model that a run worked on, as far as its results are to be compared later, when it is gone.
 *
 * @param lineage how it came to be
 * @param layers with an FF sublayer, over all stacks
 * @param feedForwards how many sets of FF weights they share
 * @param parameters held in memory, a tied one once
 * @param context in tokens, of a language model; else 0
 */
public record Subject(String lineage, String family, int layers, int feedForwards, long parameters, int context) {
    public static Subject of(String lineage, TransformerModel model) {
        Ties ties = model.parameters().ties();
        return new Subject(
                lineage,
                model.architecture().family(),
                model.layers(),
                Math.toIntExact(model.architecture().stacks().stream()
                        .map(Stack::feedForwards)
                        .flatMap(List::stream)
                        .map(FeedForwardSublayer::tensors)
                        .map(tensors -> ties.keptName(tensors.get(0).name()))
                        .distinct()
                        .count()),
                model.parameters().uniqueCount(),
                model instanceof LanguageModel language ? language.context() : 0);
    }
}
