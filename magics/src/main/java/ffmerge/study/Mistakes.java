package ffmerge.study;

import ai.djl.ndarray.NDManager;
import ffmerge.Progress;
import ffmerge.data.Batch;
import ffmerge.data.ImageSet;
import ffmerge.data.Split;
import ffmerge.evaluate.Accuracy;
import ffmerge.model.ImageClassifier;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.result.MistakesResult;
import ffmerge.workload.ImageWorkload;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Finds images that classifiers mistake, to be looked at: before and after merging, say. */
public final class Mistakes {
    private Mistakes() {}

    /**
     * @param models classifiers of the same classes, by name
     * @param workload of a model
     * @param limit images of the split, at most
     * @param shown how many of the mistaken ones the result holds
     */
    public static MistakesResult find(
            Map<String, TransformerModel> models,
            Function<TransformerModel, ImageWorkload> workload,
            Split split,
            int limit,
            int shown,
            Progress progress) {
        TransformerModel first = models.values().iterator().next();
        ImageWorkload images = workload.apply(first);
        ImageSet set = images.images().apply(split).first(limit);
        int count = Math.min(limit, set.size());
        int[] labels = IntStream.range(0, count).map(set::label).toArray();
        Map<String, int[]> predicted = new LinkedHashMap<>();
        Map<String, Long> wrong = new LinkedHashMap<>();
        models.forEach((name, model) -> {
            int[] own = predict(model, workload.apply(model), split, limit, progress);
            predicted.put(name, own);
            wrong.put(
                    name,
                    IntStream.range(0, count).filter(i -> own[i] != labels[i]).count());
        });
        List<String> classes = ((ImageClassifier) first).classNames();
        List<MistakesResult.Row> rows = IntStream.range(0, count)
                .filter(i -> predicted.values().stream().anyMatch(p -> p[i] != labels[i]))
                .boxed()
                .sorted(Comparator.comparing(i -> isAgreed(predicted, i) ? 1 : 0))
                .limit(shown)
                .map(i -> row(set.image(i), i, predicted, classes))
                .toList();
        return new MistakesResult(images.data(), split.label(), count, wrong, rows);
    }

    private static boolean isAgreed(Map<String, int[]> predicted, int image) {
        return predicted.values().stream().map(p -> p[image]).distinct().count() == 1;
    }

    private static MistakesResult.Row row(
            ImageSet.Shown image, int index, Map<String, int[]> predicted, List<String> classes) {
        Map<String, String> byModel = new LinkedHashMap<>();
        predicted.forEach((model, own) -> byModel.put(model, classes.get(own[index])));
        return new MistakesResult.Row(
                index,
                withoutFolder(image.name()),
                classes.get(image.label()),
                byModel,
                Base64.getEncoder().encodeToString(image.image().png()));
    }

    /** The class that a model takes each image for. */
    private static int[] predict(
            TransformerModel model, ImageWorkload workload, Split split, int limit, Progress progress) {
        Accuracy accuracy = (Accuracy) workload.metric(split, limit);
        int[] predicted = new int[Math.toIntExact(accuracy.work().scored())];
        int at = 0;
        try (Progress.Stage stage = progress.start("Classifying", predicted.length, "images")) {
            for (Batch batch : accuracy.batches()) {
                try (NDManager scope = model.newScope()) {
                    Pass pass = Pass.inference(scope);
                    for (float[] scores : Accuracy.classScores(model, model.embed(batch, pass), pass)) {
                        predicted[at++] = Accuracy.highest(scores);
                    }
                }
                stage.advance(at);
            }
        }
        return predicted;
    }

    /** Results are shared; the folders of one machine say nothing on another. */
    private static String withoutFolder(String name) {
        return name.replaceFirst("\\S*/([^/]+)$", "$1");
    }
}
