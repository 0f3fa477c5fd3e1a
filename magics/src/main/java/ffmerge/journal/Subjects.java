package ffmerge.journal;

import ffmerge.architecture.FeedForwardSublayer;
import ffmerge.architecture.Stack;
import ffmerge.checkpoint.Ties;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.result.Subject;
import java.util.List;

/** What the log keeps of models. */
public final class Subjects {
    private Subjects() {}

    /** @param lineage how the model came to be */
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
