package ffmerge;

import ai.djl.Device;
import ffmerge.data.Split;
import ffmerge.data.TextFiles;
import ffmerge.data.TokenStream;
import ffmerge.data.Tokenizer;
import ffmerge.evaluate.Scoring;
import ffmerge.model.TransformerModel;
import ffmerge.workload.TextWorkload;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** The demo model gpt2-novels and its data, for tests that need a real model. */
public final class Demo {
    private static final Path FOLDER = Expected.home().resolve("models/gpt2-novels");
    private static final Map<Split, TokenStream> STREAMS = new EnumMap<>(Split.class);

    private Demo() {}

    public static Path folder() {
        return FOLDER;
    }

    /** A fresh model, to be closed by the test. */
    public static TransformerModel model() {
        return TransformerModel.load(FOLDER, Device.cpu(), Progress.NONE);
    }

    public static synchronized TokenStream tokens(Split split) {
        return STREAMS.computeIfAbsent(split, s -> {
            Path file = TextFiles.find(Expected.home().resolve("data/novels-" + s.label() + ".txt"), s);
            try (Tokenizer tokenizer = Tokenizer.load(FOLDER)) {
                return new TokenStream("novels", s, tokenizer.tokenize(TextFiles.read(file), Progress.NONE));
            }
        });
    }

    public static TextWorkload workload() {
        return new TextWorkload("novels", Demo::tokens, Scoring.of(256));
    }
}
