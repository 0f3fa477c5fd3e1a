package ffmerge.evaluate;

import ai.djl.ndarray.NDArray;
import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.data.ImageBatch;
import ffmerge.data.ImageSet;
import ffmerge.model.HiddenStates;
import ffmerge.model.ImageClassifier;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The share of images whose class has the highest score; besides, of those whose class is among the highest five. */
public final class Accuracy implements Metric {
    public static final Measure MEASURE =
            Measure.higher("accuracy", "images").asShare().timedByExample();

    /** Patches of a batch: enough for fast matrix products, few enough for a small machine. */
    private static final int TOKENS_PER_BATCH = 4096;

    private static final int TOP = 5;

    private final List<Batch> batches;
    private final Work work;
    private final boolean hasTop;

    /**
     * @param limit at most so many images
     * @param tokensPerImage patches and class token
     * @param classes of the model: with five or fewer, no one asks whether a class is among the highest five
     */
    public Accuracy(ImageSet images, int limit, int tokensPerImage, int classes) {
        this.batches = images.batches(limit, Math.max(1, TOKENS_PER_BATCH / tokensPerImage));
        long count = Math.min(limit, images.size());
        this.work = new Work(count * tokensPerImage, count);
        this.hasTop = classes > TOP;
    }

    @Override
    public Measure measure() {
        return MEASURE;
    }

    @Override
    public List<Batch> batches() {
        return batches;
    }

    @Override
    public Work work() {
        return work;
    }

    @Override
    public long examples() {
        return work.scored();
    }

    @Override
    public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
        int[] labels = ((ImageBatch) states.batch()).labels();
        float[][] scores = classScores(model, states, pass);
        List<double[]> images = new ArrayList<>();
        for (int i = 0; i < labels.length; i++) {
            double right = highest(scores[i]) == labels[i] ? 1 : 0;
            double nearlyRight = higherThan(scores[i], labels[i]) < TOP ? 1 : 0;
            images.add(new double[] {right, nearlyRight});
        }
        long tokens = states.x().getShape().get(0) * states.x().getShape().get(1);
        return new Scores(images, tokens);
    }

    /** Scores by image and class. */
    public static float[][] classScores(TransformerModel model, HiddenStates states, Pass pass) {
        HiddenStates last = model.advance(states, model.layers(), pass);
        try (NDArray logits = ((ImageClassifier) model).classLogits(last, pass)) {
            int classes = Math.toIntExact(logits.getShape().get(1));
            float[] flat = logits.toFloatArray();
            float[][] scores = new float[flat.length / classes][classes];
            for (int i = 0; i < flat.length; i++) {
                scores[i / classes][i % classes] = flat[i];
            }
            return scores;
        } finally {
            if (last.x() != states.x()) {
                last.close();
            }
        }
    }

    /** The class of the highest score, the first of them where there are several. */
    public static int highest(float[] scores) {
        int highest = 0;
        for (int c = 1; c < scores.length; c++) {
            highest = scores[c] > scores[highest] ? c : highest;
        }
        return highest;
    }

    private static int higherThan(float[] scores, int label) {
        int higher = 0;
        for (float score : scores) {
            higher += score > scores[label] ? 1 : 0;
        }
        return higher;
    }

    @Override
    public double value(Total total) {
        return total.mean(0);
    }

    @Override
    public Map<String, String> details(Total total) {
        double top = 100 * total.mean(1);
        return hasTop ? Map.of("top-" + TOP + " accuracy", String.format(Locale.ROOT, "%.2f %%", top)) : Map.of();
    }
}
