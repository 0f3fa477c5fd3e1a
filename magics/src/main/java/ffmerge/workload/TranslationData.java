package ffmerge.workload;

import ffmerge.UserError;
import ffmerge.data.PairFiles;
import ffmerge.data.PairSet;
import ffmerge.data.PairTokenizer;
import ffmerge.data.ShardedPairs;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.evaluate.BleuTokenizer;
import ffmerge.generate.GenerationSettings;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Host;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Sentence pairs and tokenizers that a session has read, and the workload they make for a model. */
public final class TranslationData implements AutoCloseable {
    /** Tatoeba lies on the hub as lines. */
    private static final List<String> ENDINGS = List.of(".parquet", ".tsv");

    private final Map<Path, PairTokenizer> tokenizers = new HashMap<>();
    private final Map<String, PairSet> sets = new HashMap<>();

    /**
     * @param file of a split of the data set, where it lies whole on this machine
     * @param sharded knows other data
     */
    public TranslationWorkload workload(
            TransformerModel model,
            String data,
            Function<Split, Path> file,
            ShardedData sharded,
            Arguments arguments,
            Host host) {
        Path folder = model.origin().folder();
        PairTokenizer tokenizer = tokenizers.computeIfAbsent(folder, PairTokenizer::load);
        int positions = ((TranslationModel) model).positions();
        return new TranslationWorkload(
                data,
                split -> {
                    String key = String.join("\n", data, split.label(), folder.toString());
                    Optional<Shards> files = sharded.shards(data, split, ENDINGS);
                    if (files.isPresent()) {
                        return sharded.source(
                                ShardedPairs.class,
                                key,
                                () -> new ShardedPairs(
                                        data,
                                        split,
                                        files.get(),
                                        tokenizer,
                                        positions,
                                        sharded::notice,
                                        sharded.progress()));
                    }
                    return sets.computeIfAbsent(
                            key,
                            k -> new PairSet(
                                    data,
                                    split,
                                    PairFiles.read(
                                            file.apply(split), tokenizer, positions, host::notice, host.progress())));
                },
                tokenizer,
                generation((TranslationModel) model, arguments),
                words(tokenizer, arguments));
    }

    private static GenerationSettings generation(TranslationModel model, Arguments arguments) {
        GenerationSettings own = model.generation();
        int length = arguments.whole("max-length", own.maxLength(), 2);
        if (length > model.positions()) {
            throw new UserError(
                    "--max-length " + length + " is beyond the model's " + model.positions() + " positions");
        }
        int beams = arguments.whole("beams", own.beams(), 1);
        if (beams > model.vocabulary() / 2) {
            throw new UserError("--beams " + beams + " is beyond half of the model's vocabulary");
        }
        return own.withBeams(beams).withMaxLength(length);
    }

    private static BleuTokenizer words(PairTokenizer tokenizer, Arguments arguments) {
        BleuTokenizer fitting = BleuTokenizer.forLanguage(tokenizer.targetLanguage());
        String label = arguments.text("tokenize", fitting.label());
        return Arrays.stream(BleuTokenizer.values())
                .filter(t -> t.label().equals(label))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        tokenizers.values().forEach(PairTokenizer::close);
        tokenizers.clear();
    }
}
