package ffmerge.workload;

import ffmerge.UserError;
import ffmerge.data.BeginOfText;
import ffmerge.data.Columns;
import ffmerge.data.ShardedText;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.data.TextFiles;
import ffmerge.data.TextSource;
import ffmerge.data.TokenStream;
import ffmerge.evaluate.Bos;
import ffmerge.evaluate.Scoring;
import ffmerge.model.LanguageModel;
import ffmerge.model.TextReader;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Text for language models. */
final class TextData {
    /** A model of a hundred thousand positions is not to be measured in windows of as many unless that is asked for. */
    private static final int LONGEST_USUAL_CONTEXT = 1024;

    private final DataFiles files;
    private final Tokenizers tokenizers;

    TextData(DataFiles files, Tokenizers tokenizers) {
        this.files = files;
        this.tokenizers = tokenizers;
    }

    TextWorkload workload(TransformerModel model, DataRequest request) {
        Path folder = model.origin().folder();
        return new TextWorkload(
                request.data(), streams(request, folder), scoring(model, folder, request.windows()), files::notice);
    }

    /** The tokens of each split. */
    Function<Split, TextSource> streams(DataRequest request, Path folder) {
        return split -> source(request.data(), split, folder, request.columns());
    }

    private Scoring scoring(TransformerModel model, Path folder, DataRequest.TextWindows asked) {
        int context = context((LanguageModel) model, asked.context());
        int stride = asked.stride().orElse(Math.max(1, context / 2));
        return new Scoring(context, stride, asked.bos(), begin(model, folder, asked.bos()), asked.weighting());
    }

    /**
     * Into windows of how many tokens a text is cut.
     *
     * @throws UserError if more are asked for than the model takes
     */
    int context(TextReader model, Optional<Integer> asked) {
        int usual = model.context();
        if (asked.isEmpty() && usual > LONGEST_USUAL_CONTEXT) {
            files.notice(String.format(
                    "Text is cut into windows of %,d tokens; the model has %,d positions: --context N takes longer ones.",
                    LONGEST_USUAL_CONTEXT, usual));
        }
        int context = asked.orElse(Math.min(usual, LONGEST_USUAL_CONTEXT));
        if (context > model.longest()) {
            throw new UserError("--context " + context + " is beyond the model's " + model.longest() + " positions");
        }
        return context;
    }

    /** The tokens that are put before the text or its windows. */
    private List<Integer> begin(TransformerModel model, Path folder, Bos bos) {
        if (bos == Bos.NO) {
            return List.of();
        }
        BeginOfText begin = BeginOfText.read(folder, tokenizers.of(folder));
        List<Integer> tokens = bos == Bos.AUTO
                ? begin.template()
                : List.of(begin.token()
                        .orElseThrow(() -> new UserError(
                                "--bos yes: the files of the model in " + folder + " name no bos_token; --bos no")));
        int vocabulary = ((LanguageModel) model).vocabulary();
        if (tokens.stream().anyMatch(token -> token < 0 || token >= vocabulary)) {
            throw new UserError("the begin-of-text token " + tokens + " of " + folder + " is none of the model's "
                    + vocabulary + " tokens; --bos no leaves it out");
        }
        return tokens;
    }

    private TextSource source(String data, Split split, Path folder, Columns columns) {
        String key = split.label() + "\n" + columns.text();
        Optional<Shards> shards = files.shards(data, split, List.of(DataFiles.PARQUET));
        if (shards.isPresent()) {
            return files.source(
                    ShardedText.class,
                    key,
                    data,
                    folder,
                    notice -> new ShardedText(
                            data, split, shards.get(), columns, tokenizers.of(folder), files.progress()));
        }
        return files.source(TokenStream.class, key, data, folder, notice -> {
            String text = TextFiles.read(files.file(data, split, TextFiles::find), columns, notice);
            return new TokenStream(data, split, tokenizers.of(folder).tokenize(text, files.progress()));
        });
    }
}
