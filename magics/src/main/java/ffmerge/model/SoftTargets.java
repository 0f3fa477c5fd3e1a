package ffmerge.model;

import ai.djl.ndarray.NDArray;

/**
 * What a teacher says of a batch, from which a student learns beside the batch's own targets (Hinton, Vinyals, Dean 2015). The
 * student's loss is
 *
 * <p>{@code (1 − W)·CE + W·T²·KL(p_T(teacher) ‖ p_T(student))}, {@code p_T = softmax(logits / T)},
 *
 * <p>CE the loss that it has without a teacher, KL in nats, both means over the predictions that the batch asks for. T² keeps
 * the size of the gradient whatever T is.
 *
 * @param logits the teacher's: {@code [batch, time, vocabulary]}, {@code [asked for, vocabulary]} or
 *     {@code [batch, classes]}, where the student's will be
 * @param temperature T, above 0
 * @param weight W, from 0 to 1
 */
public record SoftTargets(NDArray logits, double temperature, double weight) {
    /** What a model of any task says of a batch that has passed its layers. */
    public static NDArray logits(TransformerModel model, HiddenStates last, Pass pass) {
        if (model instanceof ImageClassifier images) {
            return images.classLogits(last, pass);
        }
        if (model instanceof SentenceClassifier sentences) {
            return sentences.classLogits(last, pass);
        }
        if (model instanceof MaskedLanguageModel) {
            return model.head(last, pass);
        }
        if (model instanceof TranslationModel translator) {
            return translator.logits(last, pass);
        }
        return ((LanguageModel) model).logits(last, pass);
    }

    /** As the last arguments of a kernel, behind these. */
    Object[] behind(Object... arguments) {
        Object[] all = new Object[arguments.length + 3];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = logits;
        all[arguments.length + 1] = temperature;
        all[arguments.length + 2] = weight;
        return all;
    }
}
