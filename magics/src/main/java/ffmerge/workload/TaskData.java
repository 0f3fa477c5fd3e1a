package ffmerge.workload;

import ffmerge.UserError;
import ffmerge.data.QuestionSet;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.data.TableRows;
import ffmerge.data.Tokenizer;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.task.Questions;
import ffmerge.task.Task;
import java.nio.file.Path;
import java.util.List;

/** Tables whose rows are a task's questions. */
final class TaskData {
    private final DataFiles files;
    private final Tokenizers tokenizers;

    TaskData(DataFiles files, Tokenizers tokenizers) {
        this.files = files;
        this.tokenizers = tokenizers;
    }

    /** @throws UserError if there is no such task, it has no data, or the model predicts no text */
    TaskWorkload workload(TransformerModel model, DataRequest request, String asked) {
        Task task = Task.of(asked);
        if (!(model instanceof LanguageModel language)) {
            throw new UserError("--task " + task.name() + " asks language models; "
                    + model.architecture().title() + " predicts no text");
        }
        if (request.data().isEmpty()) {
            throw new UserError("--task " + task.name() + " needs its questions: --data FILE names a table of them, as "
                    + String.join(", ", TableRows.NAME_ENDINGS) + ", or a data set of the hub");
        }
        String data = request.data();
        Path folder = model.origin().folder();
        Tokenizer tokenizer = tokenizers.of(folder);
        return new TaskWorkload(
                data,
                task.name(),
                task.toString(),
                split -> files.source(
                        QuestionSet.class,
                        String.join("\n", split.label(), task.toString()),
                        data,
                        folder,
                        notice -> QuestionSet.of(
                                data,
                                tables(data, split).stream()
                                        .flatMap(file ->
                                                Questions.of(task, TableRows.read(file), file.toString()).stream())
                                        .toList(),
                                tokenizer,
                                language.context(),
                                notice,
                                files.progress())));
    }

    private List<Path> tables(String data, Split split) {
        return files.shards(data, split, TableRows.NAME_ENDINGS)
                .map(Shards::files)
                .orElseGet(() -> List.of(files.file(data, split, TableRows::find)));
    }
}
