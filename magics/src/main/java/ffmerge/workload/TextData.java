package ffmerge.workload;

import ffmerge.data.Columns;
import ffmerge.data.ShardedText;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.data.TextFiles;
import ffmerge.data.TextSource;
import ffmerge.data.TokenStream;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Text for language models. */
final class TextData {
    private static final String DEMO = "novels";

    private final DataFiles files;
    private final Tokenizers tokenizers;

    TextData(DataFiles files, Tokenizers tokenizers) {
        this.files = files;
        this.tokenizers = tokenizers;
    }

    TextWorkload workload(TransformerModel model, DataRequest request) {
        String data = request.dataOr(DEMO);
        Path folder = model.origin().folder();
        return new TextWorkload(
                data,
                split -> source(data, split, folder, request.columns()),
                ((LanguageModel) model).context(),
                request.weighting());
    }

    private TextSource source(String data, Split split, Path folder, Columns columns) {
        String key = String.join("\n", data, split.label(), folder.toString(), columns.text());
        Optional<Shards> shards = files.shards(data, split, List.of(DataFiles.PARQUET));
        if (shards.isPresent()) {
            return files.source(
                    ShardedText.class,
                    key,
                    () -> new ShardedText(data, split, shards.get(), columns, tokenizers.of(folder), files.progress()));
        }
        return files.source(TokenStream.class, key, () -> {
            String text = TextFiles.read(files.file(data, split, TextFiles::find), columns);
            return new TokenStream(data, split, tokenizers.of(folder).encode(text, files.progress()));
        });
    }
}
