package ffmerge.workload;

import ffmerge.UserError;
import ffmerge.data.Columns;
import ffmerge.data.PairFiles;
import ffmerge.data.PairSet;
import ffmerge.data.PairSource;
import ffmerge.data.PairTokenizer;
import ffmerge.data.ShardedPairs;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.evaluate.BleuTokenizer;
import ffmerge.generate.GenerationSettings;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sentence pairs for models that translate. */
final class TranslationData implements AutoCloseable {
    /** Tatoeba lies on the hub as lines. */
    private static final List<String> ENDINGS = List.of(DataFiles.PARQUET, ".tsv");

    private final DataFiles files;
    /** By the folder's stamp; an older one may be in use still. */
    private final Map<String, PairTokenizer> tokenizers = new HashMap<>();

    TranslationData(DataFiles files) {
        this.files = files;
    }

    TranslationWorkload workload(TransformerModel model, DataRequest request) {
        String data = request.data();
        Path folder = model.origin().folder();
        PairTokenizer tokenizer =
                tokenizers.computeIfAbsent(folder + "\n" + Stamp.of(folder), key -> PairTokenizer.load(folder));
        TranslationModel translator = (TranslationModel) model;
        return new TranslationWorkload(
                data,
                split -> source(data, split, request.columns(), folder, tokenizer, translator.positions()),
                tokenizer,
                generation(translator, request.generating(), files),
                request.generating().words().orElse(BleuTokenizer.forLanguage(tokenizer.targetLanguage())));
    }

    private PairSource source(
            String data, Split split, Columns columns, Path folder, PairTokenizer tokenizer, int positions) {
        String key = split.label() + "\n" + columns.text();
        Optional<Shards> shards = files.shards(data, split, ENDINGS);
        if (shards.isPresent()) {
            return files.source(
                    ShardedPairs.class,
                    key,
                    data,
                    folder,
                    notice -> new ShardedPairs(
                            data, split, shards.get(), columns, tokenizer, positions, notice, files.progress()));
        }
        return files.source(
                PairSet.class,
                key,
                data,
                folder,
                notice -> new PairSet(
                        data,
                        split,
                        PairFiles.read(
                                files.file(data, split, PairFiles::find),
                                columns,
                                tokenizer,
                                positions,
                                notice,
                                files.progress())));
    }

    private static GenerationSettings generation(
            TranslationModel model, DataRequest.Generating asked, DataFiles files) {
        GenerationSettings own = model.generation();
        own.notices().forEach(files::notice);
        int length = asked.maxLength().orElse(own.maxLength());
        if (length < 2) {
            throw new UserError("--max-length is a whole number of at least 2; '" + length + "' isn't");
        }
        if (length > model.positions()) {
            throw new UserError(
                    "--max-length " + length + " is beyond the model's " + model.positions() + " positions");
        }
        int beams = asked.beams().orElse(own.beams());
        SummaryData.requireBeams(beams, model.vocabulary());
        return own.withBeams(beams).withMaxLength(length);
    }

    @Override
    public void close() {
        tokenizers.values().forEach(PairTokenizer::close);
        tokenizers.clear();
    }
}
