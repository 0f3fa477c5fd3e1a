package ffmerge;

import ai.djl.Device;
import ffmerge.data.Columns;
import ffmerge.data.PairFiles;
import ffmerge.data.PairSet;
import ffmerge.data.PairTokenizer;
import ffmerge.data.Split;
import ffmerge.evaluate.BleuTokenizer;
import ffmerge.generate.GenerationSettings;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import ffmerge.workload.TranslationWorkload;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** The demo model opus-mt-tatoeba-zh-en and its data, for tests that need a real translator. */
public final class DemoTranslator {
    private static final Path FOLDER = Expected.home().resolve("models/opus-mt-tatoeba-zh-en");
    private static final Map<Split, PairSet> SETS = new EnumMap<>(Split.class);
    private static final PairTokenizer TOKENIZER = PairTokenizer.load(FOLDER);

    private DemoTranslator() {}

    public static Path folder() {
        return FOLDER;
    }

    public static PairTokenizer tokenizer() {
        return TOKENIZER;
    }

    /** A fresh model, to be closed by the test. */
    public static TransformerModel model() {
        return TransformerModel.load(FOLDER, Device.cpu(), Progress.NONE);
    }

    public static synchronized PairSet pairs(Split split) {
        return SETS.computeIfAbsent(split, s -> {
            Path file = Expected.home().resolve("data/tatoeba-" + s.label() + ".tsv");
            return new PairSet(
                    "tatoeba", s, PairFiles.read(file, Columns.KNOWN, TOKENIZER, 128, notice -> {}, Progress.NONE));
        });
    }

    /** As the reference values were computed: translations of at most 64 tokens. */
    public static TranslationWorkload workload(TransformerModel model, int beams) {
        GenerationSettings generation =
                ((TranslationModel) model).generation().withBeams(beams).withMaxLength(64);
        return new TranslationWorkload("tatoeba", DemoTranslator::pairs, TOKENIZER, generation, BleuTokenizer.V13A);
    }
}
