package ffmerge.workload;

import ffmerge.data.Columns;
import ffmerge.data.ImageSet;
import ffmerge.data.ImageSource;
import ffmerge.data.Preprocessing;
import ffmerge.data.ShardedImages;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.model.ImageClassifier;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Images for classifiers. */
final class ImageData {
    private final DataFiles files;

    ImageData(DataFiles files) {
        this.files = files;
    }

    ImageWorkload workload(TransformerModel model, DataRequest request) {
        String data = request.data();
        ImageClassifier classifier = (ImageClassifier) model;
        Path folder = model.origin().folder();
        return ImageWorkload.of(
                classifier,
                shape(classifier, folder),
                data,
                split -> source(data, split, request.columns(), folder, classifier, request.skipBroken()),
                request.augmentation());
    }

    private ImageSource source(
            String data, Split split, Columns columns, Path folder, ImageClassifier model, boolean skipBroken) {
        String key = String.join("\n", split.label(), String.valueOf(skipBroken), columns.text());
        if (files.hubId(data).isPresent()) {
            Shards shards =
                    files.shards(data, split, List.of(DataFiles.PARQUET)).orElseThrow();
            return files.source(
                    ShardedImages.class,
                    key,
                    data,
                    folder,
                    notice -> new ShardedImages(
                            data,
                            split,
                            shards,
                            columns,
                            preprocessing(folder, model),
                            model.classNames(),
                            set -> skipBroken ? withoutBroken(set, notice) : set));
        }
        return files.source(ImageSet.class, key, data, folder, notice -> {
            ImageSet all = ImageSet.open(
                    data, files.where(data, split), split, columns, preprocessing(folder, model), model.classNames());
            return skipBroken ? withoutBroken(all, notice) : all;
        });
    }

    /** Of images as the model gets them. */
    private static ImageClassifier.ImageShape shape(ImageClassifier model, Path folder) {
        ImageClassifier.ImageShape own = model.imageShape();
        return model.takesAnyImageSize()
                ? preprocessing(folder, model)
                        .size()
                        .map(size -> new ImageClassifier.ImageShape(own.channels(), size.height(), size.width()))
                        .orElse(own)
                : own;
    }

    private static Preprocessing preprocessing(Path folder, ImageClassifier model) {
        return Preprocessing.load(folder, model.imageShape().channels());
    }

    private ImageSet withoutBroken(ImageSet set, Consumer<String> notice) {
        ImageSet whole = set.withoutBroken(files.progress());
        if (!whole.leftOut().isEmpty()) {
            notice.accept(whole.leftOut());
        }
        return whole;
    }
}
