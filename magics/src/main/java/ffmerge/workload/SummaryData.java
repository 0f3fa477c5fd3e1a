package ffmerge.workload;

import ffmerge.UserError;
import ffmerge.data.DialogueFiles;
import ffmerge.data.DialogueSet;
import ffmerge.data.PromptTemplate;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.data.Tokenizer;
import ffmerge.evaluate.RougeWords;
import ffmerge.generate.GenerationSettings;
import ffmerge.model.TextGenerator;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.List;

/** Dialogues that models summarize. */
final class SummaryData {
    private final DataFiles files;
    private final Tokenizers tokenizers;

    SummaryData(DataFiles files, Tokenizers tokenizers) {
        this.files = files;
        this.tokenizers = tokenizers;
    }

    /** Whether the data that is named holds dialogues; of a hub's data, the first file that is read anyway tells. */
    boolean holds(DataRequest request) {
        String data = request.data();
        if (data.isEmpty()) {
            return false;
        }
        if (files.hubId(data).isEmpty()) {
            return files.isHere(data)
                    && DialogueFiles.isDialogues(files.where(data, Split.VALIDATION), request.columns());
        }
        try {
            return files.shards(data, request.firstRead(), DialogueFiles.NAME_ENDINGS)
                    .filter(shards -> shards.count() > 0)
                    .map(shards -> DialogueFiles.isDialogues(shards.file(0), request.columns()))
                    .orElse(false);
        } catch (UserError e) {
            return false; // whoever reads the data as text says what is wrong
        }
    }

    /** @param model that goes on with texts, as all do that predict each token from those before it */
    SummaryWorkload workload(TransformerModel model, DataRequest request) {
        String data = request.data();
        TextGenerator generator = (TextGenerator) model;
        Path folder = model.origin().folder();
        Tokenizer tokenizer = tokenizers.of(folder);
        GenerationSettings generation = generation(generator, request.generating());
        PromptTemplate prompt = request.generating().prompt().orElse(PromptTemplate.DEFAULT);
        DialogueSet.Cut cut =
                new DialogueSet.Cut(prompt, generation.end(), generator.context(), generation.maxLength() - 1);
        return new SummaryWorkload(
                data,
                split -> files.source(
                        DialogueSet.class,
                        String.join(
                                "\n",
                                split.label(),
                                cut.toString(),
                                request.columns().text()),
                        data,
                        folder,
                        notice -> DialogueSet.of(
                                data,
                                split,
                                dialogues(data, split).stream()
                                        .flatMap(file -> DialogueFiles.read(file, request.columns()).stream())
                                        .toList(),
                                tokenizer,
                                cut,
                                notice,
                                files.progress())),
                tokenizer,
                prompt,
                generation,
                request.generating().stem() ? RougeWords.STEMMED : RougeWords.WHOLE);
    }

    private List<Path> dialogues(String data, Split split) {
        return files.shards(data, split, DialogueFiles.NAME_ENDINGS)
                .map(Shards::files)
                .orElseGet(() -> List.of(files.file(data, split, DialogueFiles::find)));
    }

    private GenerationSettings generation(TextGenerator model, DataRequest.Generating asked) {
        GenerationSettings own = model.generation();
        own.notices().forEach(files::notice);
        int beams = asked.beams().orElse(own.beams());
        requireBeams(beams, model.vocabulary());
        GenerationSettings searched = own.withBeams(beams);
        // one more for where a summary starts, behind the prompt
        return asked.maxLength().map(fresh -> searched.withMaxLength(1 + fresh)).orElse(searched);
    }

    /** @throws UserError if so many beams can't differ */
    static void requireBeams(int beams, int vocabulary) {
        if (beams > vocabulary / 2) {
            throw new UserError("--beams " + beams + " is beyond half of the model's vocabulary");
        }
    }
}
