package ffmerge.workload;

import ffmerge.data.MaskToken;
import ffmerge.data.Masking;
import ffmerge.model.MaskedLanguageModel;
import ffmerge.model.TextReader;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.Optional;

/** Text for encoders. */
final class MaskedTextData {
    private final TextData texts;
    private final Tokenizers tokenizers;

    MaskedTextData(TextData texts, Tokenizers tokenizers) {
        this.texts = texts;
        this.tokenizers = tokenizers;
    }

    MaskedTextWorkload workload(TransformerModel model, DataRequest request) {
        TextReader reader = (TextReader) model;
        Path folder = model.origin().folder();
        int length = texts.context(reader, request.windows().context());
        Optional<Masking> masking = model instanceof MaskedLanguageModel
                ? Optional.of(new Masking(
                        length,
                        MaskToken.read(folder, tokenizers.of(folder), reader.vocabulary()),
                        reader.vocabulary()))
                : Optional.empty();
        return new MaskedTextWorkload(
                request.data(),
                texts.streams(request, folder),
                length,
                masking,
                model.architecture().title());
    }
}
