package ffmerge.workload;

import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.data.QuestionSet;
import ffmerge.data.Shards;
import ffmerge.data.Split;
import ffmerge.data.TableRows;
import ffmerge.data.Tokenizer;
import ffmerge.hub.DatasetId;
import ffmerge.model.LanguageModel;
import ffmerge.model.TransformerModel;
import ffmerge.task.Questions;
import ffmerge.task.Shots;
import ffmerge.task.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tables whose rows are a task's questions, and the examples before them. */
final class TaskData {
    private final DataFiles files;
    private final Tokenizers tokenizers;

    TaskData(DataFiles files, Tokenizers tokenizers) {
        this.files = files;
        this.tokenizers = tokenizers;
    }

    /** @throws UserError if there is no such task, it has no data, or the model predicts no text */
    TaskWorkload workload(TransformerModel model, String data, DataRequest.Questions asked) {
        Task task = Task.of(asked.task());
        if (!(model instanceof LanguageModel language)) {
            throw new UserError("--task " + task.name() + " asks language models; "
                    + model.architecture().title() + " predicts no text");
        }
        if (data.isEmpty()) {
            throw new UserError("--task " + task.name() + " needs its questions: --data FILE names a table of them, as "
                    + String.join(", ", TableRows.NAME_ENDINGS) + ", or a data set of the hub");
        }
        Path folder = model.origin().folder();
        Tokenizer tokenizer = tokenizers.of(folder);
        return new TaskWorkload(
                data,
                task.name(),
                asked,
                task.toString(),
                split -> files.source(
                        QuestionSet.class,
                        String.join("\n", split.label(), task.toString(), asked.toString(), examplesStamp(asked)),
                        data,
                        folder,
                        notice -> QuestionSet.of(
                                data,
                                Questions.of(task, rows(tables(data, split)), shots(task, data, asked)),
                                tokenizer,
                                language.context(),
                                notice,
                                files.progress())));
    }

    private String examplesStamp(DataRequest.Questions asked) {
        return asked.shotsData().map(files::stamp).orElse("");
    }

    private static List<Questions.Row> rows(List<Path> tables) {
        List<Questions.Row> rows = new ArrayList<>();
        for (Path table : tables) {
            int number = 0;
            for (ObjectNode cells : TableRows.read(table)) {
                rows.add(new Questions.Row(cells, table + ", item " + ++number));
            }
        }
        return rows;
    }

    private List<Path> tables(String data, Split split) {
        return files.shards(data, split, TableRows.NAME_ENDINGS)
                .map(Shards::files)
                .orElseGet(() -> List.of(files.file(data, split, TableRows::find)));
    }

    private Shots shots(Task task, String data, DataRequest.Questions asked) {
        if (asked.shots() == 0) {
            return Shots.none();
        }
        String split = task.examples().split();
        List<Path> tables = asked.shotsData()
                .map(named -> examples(named, split).orElseGet(() -> List.of(wholeFile(named, split))))
                .or(() -> examples(data, split))
                .orElseThrow(() -> new UserError("--shots " + asked.shots() + " draws examples of " + task.name()
                        + " from the split " + split + ", which " + data + " lacks; --shots-data FILE names them"));
        return new Shots(task.examples(), asked.shots(), rows(tables), String.join(", ", names(tables)));
    }

    private static List<String> names(List<Path> tables) {
        return tables.stream().map(Path::toString).toList();
    }

    /** A file that was named for the examples is all examples. */
    private Path wholeFile(String data, String split) {
        Path file = files.where(data, Split.TRAIN);
        if (Files.isDirectory(file)) {
            throw new UserError("--shots-data " + data + " has no table of the split " + split + ", as " + split
                    + TableRows.NAME_ENDINGS.get(0) + " or NAME-" + split + TableRows.NAME_ENDINGS.get(0));
        }
        return file;
    }

    /** The tables of a split by its name; none where the data lacks it. */
    private Optional<List<Path>> examples(String data, String split) {
        Optional<DatasetId> id = files.hubId(data);
        if (id.isPresent()) {
            return Optional.of(
                    files.ofHub(id.get(), split, TableRows.NAME_ENDINGS).files());
        }
        if (!UserPath.exists(data)) {
            return Optional.empty();
        }
        Path path = UserPath.of(data);
        if (Files.isRegularFile(path)) { // it is the tested part, whatever that is called
            return split.equals(Split.TEST.label()) ? Optional.of(List.of(path)) : Optional.empty();
        }
        return Optional.of(TableRows.named(path, split)).filter(found -> !found.isEmpty());
    }
}
