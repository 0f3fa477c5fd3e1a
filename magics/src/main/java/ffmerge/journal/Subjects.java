package ffmerge.journal;

import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.result.Lineage;
import ffmerge.result.Subject;
import ffmerge.shrink.Outline;

/** What the log keeps of models. */
public final class Subjects {
    private Subjects() {}

    public static Subject of(Lineage lineage, TransformerModel model) {
        return new Subject(
                lineage.toString(),
                model.architecture().family(),
                model.layers(),
                Outline.of(model).feedForwards(),
                model.parameters().uniqueCount(),
                model instanceof LanguageModel language ? language.context() : 0,
                model.parameters().bytes(),
                lineage);
    }
}
