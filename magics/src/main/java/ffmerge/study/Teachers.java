package ffmerge.study;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.data.Vocabulary;
import ffmerge.model.ImageClassifier;
import ffmerge.model.LanguageModel;
import ffmerge.model.MaskedLanguageModel;
import ffmerge.model.SentenceClassifier;
import ffmerge.model.TextReader;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import java.util.List;

/** Whether one model can learn from another: both must say the same kind of thing of the same batch. */
public final class Teachers {
    private Teachers() {}

    /**
     * @param name of the model that is to learn
     * @param teacherName of the one that it is to learn from
     * @param context tokens of a row of text; 0 where rows have lengths of their own
     * @throws UserError if the teacher's scores are of another vocabulary or of other classes, or it can't read the batches
     */
    public static void requireFits(
            String name, TransformerModel model, String teacherName, TransformerModel teacher, int context) {
        String who = "--teacher " + teacherName;
        Architecture.Task task = model.architecture().task();
        if (teacher.architecture().task() != task) {
            throw new UserError(who + " is " + teacher.architecture().title() + ", which doesn't do what '" + name
                    + "', " + model.architecture().title() + ", does; a teacher is a model of the same task");
        }
        if (!(model instanceof ImageClassifier
                || model instanceof SentenceClassifier
                || model instanceof MaskedLanguageModel
                || model instanceof TranslationModel
                || model instanceof LanguageModel)) {
            throw new UserError("--teacher is for models that classify, translate or predict tokens; '" + name + "' is "
                    + model.architecture().title());
        }
        if (model instanceof ImageClassifier images) {
            requireSameClasses(who, images.classNames(), name, ((ImageClassifier) teacher).classNames());
            if (!images.imageShape().equals(((ImageClassifier) teacher).imageShape())) {
                throw new UserError(who + " takes images of another size than '" + name + "'");
            }
            return;
        }
        if (model instanceof SentenceClassifier sentences) {
            requireSameClasses(who, sentences.classNames(), name, ((SentenceClassifier) teacher).classNames());
        }
        int own = vocabulary(model);
        int others = vocabulary(teacher);
        if (own != others) {
            throw new UserError(String.format(
                    "%s has another vocabulary: %,d tokens, '%s' has %,d; a teacher has the same tokenizer",
                    who, others, name, own));
        }
        if (Vocabulary.differs(model.origin().folder(), teacher.origin().folder())) {
            throw new UserError(who + " has another vocabulary: its tokenizer's tokens are not those of '" + name
                    + "'; a teacher has the same tokenizer");
        }
        int longest = teacher instanceof TranslationModel translator
                ? translator.positions()
                : ((TextReader) teacher).context();
        int needed = model instanceof TranslationModel translator
                ? translator.positions()
                : model instanceof SentenceClassifier sentences ? sentences.context() : context;
        if (longest < needed) {
            throw new UserError(String.format(
                    "%s takes %,d tokens, rows have up to %,d%s",
                    who,
                    longest,
                    needed,
                    context > 0 && needed == context ? ": --context " + longest + " cuts them so" : ""));
        }
    }

    private static int vocabulary(TransformerModel model) {
        return model instanceof TranslationModel translator
                ? translator.vocabulary()
                : ((TextReader) model).vocabulary();
    }

    private static void requireSameClasses(String who, List<String> own, String name, List<String> others) {
        if (own.size() != others.size()) {
            throw new UserError(who + " has other classes: " + others.size() + ", '" + name + "' has " + own.size());
        }
        for (int i = 0; i < own.size(); i++) {
            if (!own.get(i).equals(others.get(i))) {
                throw new UserError(who + " has other classes: class " + i + " is '" + others.get(i) + "', of '" + name
                        + "' it is '" + own.get(i) + "'");
            }
        }
    }
}
