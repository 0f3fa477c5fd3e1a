package ffmerge;

import ai.djl.Device;
import ffmerge.data.Augmentation;
import ffmerge.data.Columns;
import ffmerge.data.ImageSet;
import ffmerge.data.Preprocessing;
import ffmerge.data.Split;
import ffmerge.model.ImageClassifier;
import ffmerge.model.TransformerModel;
import ffmerge.workload.ImageWorkload;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The demo model vit-digits and its data, for tests that need a real model. */
public final class DemoImages {
    private static final Path FOLDER = Expected.home().resolve("models/vit-digits");
    private static final List<String> DIGITS =
            IntStream.range(0, 10).mapToObj(String::valueOf).toList();
    private static final Map<Split, ImageSet> SETS = new EnumMap<>(Split.class);

    private DemoImages() {}

    /** A fresh model, to be closed by the test. */
    public static TransformerModel model() {
        return TransformerModel.load(FOLDER, Device.cpu(), Progress.NONE);
    }

    public static Preprocessing preprocessing() {
        return Preprocessing.load(FOLDER, 1);
    }

    public static Path file(Split split) {
        return Expected.home().resolve("data/digits-" + split.label() + ".parquet");
    }

    public static synchronized ImageSet images(Split split) {
        return SETS.computeIfAbsent(
                split, s -> ImageSet.open("digits", file(s), s, Columns.KNOWN, preprocessing(), DIGITS));
    }

    public static ImageWorkload workload(TransformerModel model) {
        return ImageWorkload.of((ImageClassifier) model, "digits", DemoImages::images, Augmentation.SHIFT);
    }
}
