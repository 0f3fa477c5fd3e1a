package ffmerge.workload;

import ffmerge.data.SentenceFiles;
import ffmerge.data.SentenceSet;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.data.Tokenizer;
import ffmerge.model.SentenceClassifier;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.List;

/** Tables of sentences for classifiers. */
final class SentenceData {
    private final DataFiles files;
    private final Tokenizers tokenizers;

    SentenceData(DataFiles files, Tokenizers tokenizers) {
        this.files = files;
        this.tokenizers = tokenizers;
    }

    SentenceWorkload workload(TransformerModel model, DataRequest request) {
        SentenceClassifier classifier = (SentenceClassifier) model;
        String data = request.data();
        Path folder = model.origin().folder();
        Tokenizer tokenizer = tokenizers.of(folder);
        return new SentenceWorkload(
                data,
                split -> files.source(
                        SentenceSet.class,
                        String.join("\n", split.label(), request.columns().text()),
                        data,
                        folder,
                        notice -> SentenceSet.of(
                                data,
                                split,
                                tables(data, split).stream()
                                        .flatMap(file -> SentenceFiles.read(file, request.columns()).stream())
                                        .toList(),
                                tokenizer,
                                classifier.context(),
                                classifier.classNames().size(),
                                notice,
                                files.progress())));
    }

    private List<Path> tables(String data, Split split) {
        return files.shards(data, split, SentenceFiles.NAME_ENDINGS)
                .map(Shards::files)
                .orElseGet(() -> List.of(files.file(data, split, SentenceFiles::find)));
    }
}
