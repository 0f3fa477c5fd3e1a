package ffmerge.workload;

import ffmerge.UserError;
import ffmerge.data.Augmentation;
import ffmerge.data.Batch;
import ffmerge.data.ImageSource;
import ffmerge.data.Split;
import ffmerge.evaluate.Accuracy;
import ffmerge.evaluate.Metric;
import ffmerge.model.ImageClassifier;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Images for a classifier.
 *
 * @param images gives each split
 * @param tokensPerExample patches of an image, and the tokens before them
 * @param classes of the model; 0 of one without a head
 * @param augmentation what is done to images of training
 */
public record ImageWorkload(
        String data,
        Function<Split, ? extends ImageSource> images,
        int tokensPerExample,
        int classes,
        Augmentation augmentation)
        implements Workload {
    /** Patches of a batch whose activations are recorded: they all exist at once, for every sublayer. */
    private static final int TOKENS_PER_BATCH = 2048;

    /** Of images of the shape that the model was made for. */
    public static ImageWorkload of(
            ImageClassifier model,
            String data,
            Function<Split, ? extends ImageSource> images,
            Augmentation augmentation) {
        return of(model, model.imageShape(), data, images, augmentation);
    }

    /** @param shape of the images as the model gets them */
    public static ImageWorkload of(
            ImageClassifier model,
            ImageClassifier.ImageShape shape,
            String data,
            Function<Split, ? extends ImageSource> images,
            Augmentation augmentation) {
        return new ImageWorkload(
                data, images, model.tokensPerImage(shape), model.classNames().size(), augmentation);
    }

    @Override
    public String key() {
        return data + " " + augmentation.label();
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("data", data, "augment", augmentation.label());
    }

    @Override
    public Metric metric(Split split, int limit) {
        requireClasses("measure");
        return new Accuracy(images.apply(split).first(limit), limit, tokensPerExample, classes);
    }

    private void requireClasses(String what) {
        if (classes == 0) {
            throw new UserError("this model has no head, so there is nothing to " + what
                    + " it by: load a checkpoint for image classification; cka, align, merge and save work without");
        }
    }

    @Override
    public List<? extends Batch> activationBatches(int rows) {
        int enough = (rows + tokensPerExample - 1) / tokensPerExample;
        return images.apply(Split.VALIDATION)
                .first(enough)
                .batches(enough, Math.max(1, TOKENS_PER_BATCH / tokensPerExample));
    }

    @Override
    public Map<String, Long> activationRows(int enough) {
        int images = (enough + tokensPerExample - 1) / tokensPerExample;
        return Map.of(
                "encoder",
                (long) this.images.apply(Split.VALIDATION).first(images).size() * tokensPerExample);
    }

    @Override
    public Batch trainingBatch(int rows, long seed, long index) {
        requireClasses("tune");
        return images.apply(Split.TRAIN).randomBatch(rows, augmentation, seed, index);
    }
}
