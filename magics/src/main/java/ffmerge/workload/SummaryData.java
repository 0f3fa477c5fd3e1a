package ffmerge.workload;

import ffmerge.UserError;
import ffmerge.data.DialogueFiles;
import ffmerge.data.DialogueSet;
import ffmerge.data.PromptTemplate;
import ffmerge.data.Split;
import ffmerge.data.Tokenizer;
import ffmerge.evaluate.RougeWords;
import ffmerge.generate.GenerationSettings;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Host;
import ffmerge.model.TextGenerator;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Dialogues that a session has read, and the workload they make for a model. */
public final class SummaryData {
    private final Function<Path, Tokenizer> tokenizers;
    private final Map<String, DialogueSet> sets = new HashMap<>();

    /** @param tokenizers the session's, by the models' folders */
    public SummaryData(Function<Path, Tokenizer> tokenizers) {
        this.tokenizers = tokenizers;
    }

    /**
     * @param files of a split of the data set
     * @throws UserError if the model can't go on with a text
     */
    public SummaryWorkload workload(
            TransformerModel model, String data, Function<Split, List<Path>> files, Arguments arguments, Host host) {
        if (!(model instanceof TextGenerator generator)) {
            throw new UserError(data + " holds dialogues, which gated decoders summarize; "
                    + model.architecture().title() + " generates no text here");
        }
        Path folder = model.origin().folder();
        Tokenizer tokenizer = tokenizers.apply(folder);
        GenerationSettings generation = generation(generator, arguments);
        PromptTemplate prompt =
                arguments.text("prompt").map(PromptTemplate::parse).orElse(PromptTemplate.DEFAULT);
        DialogueSet.Cut cut =
                new DialogueSet.Cut(prompt, generation.end(), generator.context(), generation.maxLength() - 1);
        return new SummaryWorkload(
                data,
                split -> sets.computeIfAbsent(
                        String.join("\n", data, split.label(), folder.toString(), cut.toString()),
                        key -> DialogueSet.of(
                                data,
                                split,
                                files.apply(split).stream()
                                        .flatMap(file -> DialogueFiles.read(file).stream())
                                        .toList(),
                                tokenizer,
                                cut,
                                host::notice,
                                host.progress())),
                tokenizer,
                prompt,
                generation,
                arguments.flag("stem") ? RougeWords.STEMMED : RougeWords.WHOLE);
    }

    private static GenerationSettings generation(TextGenerator model, Arguments arguments) {
        GenerationSettings own = model.generation();
        int beams = arguments.whole("beams", own.beams(), 1);
        if (beams > model.vocabulary() / 2) {
            throw new UserError("--beams " + beams + " is beyond half of the model's vocabulary");
        }
        // one more for where a summary starts, behind the prompt
        return own.withBeams(beams).withMaxLength(1 + arguments.whole("max-length", own.maxLength() - 1, 1));
    }
}
