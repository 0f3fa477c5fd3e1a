package ffmerge.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import ffmerge.data.PythonText;
import ffmerge.data.QuestionSet.Question;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/** Makes the rows of a table a task's questions. */
public final class Questions {
    private final Task task;
    private final Shots shots;
    private final Template description;
    private final Template prompt;
    /** Empty where a column holds them. */
    private final List<Template> choices;

    private Questions(Task task, Shots shots) {
        this.task = task;
        this.shots = shots;
        this.description = new Template(task.description());
        this.prompt = new Template(task.prompt());
        this.choices = task.choices() == null || task.choices().isTextual()
                ? List.of()
                : texts(task.choices()).stream().map(Template::new).toList();
    }

    /** A row of a table, and where it stands, for messages. */
    public record Row(ObjectNode cells, String place) {}

    /**
     * @param shots draws the examples that stand before each question
     * @throws UserError if a row lacks what the task needs, or its answer is none of its choices
     */
    public static List<Question> of(Task task, List<Row> rows, Shots shots) {
        Questions questions = new Questions(task, shots);
        return rows.stream().map(questions::behindExamples).toList();
    }

    /** A row's question behind the task's description and the examples. */
    private Question behindExamples(Row row) {
        StringBuilder before = new StringBuilder(description.fill(row.cells(), row.place()));
        for (Row example : shots.before(row.cells())) {
            before.append(example(question(example.cells(), example.place())));
        }
        Question question = question(row.cells(), row.place());
        return new Question(
                question.contexts().stream().map(context -> before + context).toList(),
                question.continuations(),
                question.shown(),
                question.right(),
                question.place());
    }

    /** A question with its answer. */
    private String example(Question question) {
        int right = question.right();
        // the harness' last words begin with a space, before which its delimiter stands as before other answers
        String delimiter = task.form() == Task.Form.LAST_WORD ? task.delimiter() : "";
        return question.contexts().get(right)
                + delimiter
                + question.continuations().get(right)
                + task.examples().separator();
    }

    private Question question(ObjectNode row, String place) {
        String text = cleaned(prompt.fill(row, place));
        if (task.form() == Task.Form.LAST_WORD) {
            return lastWord(text, place);
        }
        List<String> choices = choices(row, place).stream().map(this::cleaned).toList();
        int right = right(row, choices.size(), place);
        if (task.form() == Task.Form.BLANK) {
            return blank(text, choices, right, place);
        }
        for (String choice : choices) {
            if (choice.isBlank()) {
                throw new UserError(place + ": a choice is empty");
            }
        }
        return new Question(
                Collections.nCopies(choices.size(), text),
                choices.stream().map(c -> task.delimiter() + c).toList(),
                choices,
                right,
                place);
    }

    /** What follows the gap is to be predicted after each of the choices in it. */
    private Question blank(String text, List<String> choices, int right, String place) {
        int gap = text.indexOf(task.blank());
        if (gap < 0) {
            throw new UserError(place + ": its prompt has no '" + task.blank() + "' where a choice would go: " + text);
        }
        String after = task.delimiter()
                + PythonText.strip(text.substring(gap + task.blank().length()));
        List<String> shown =
                choices.stream().map(c -> text.substring(0, gap) + c).toList();
        return new Question(shown, Collections.nCopies(choices.size(), after), shown, right, place);
    }

    private static Question lastWord(String text, String place) {
        int space = text.lastIndexOf(' ');
        if (space <= 0 || space == text.length() - 1) {
            throw new UserError(place + ": '" + text + "' has no last word behind another one");
        }
        String word = text.substring(space + 1);
        return new Question(List.of(text.substring(0, space)), List.of(" " + word), List.of(word), 0, place);
    }

    private List<String> choices(ObjectNode row, String place) {
        return task.choices().isTextual()
                ? listed(row, task.choices().asText(), place)
                : choices.stream().map(choice -> choice.fill(row, place)).toList();
    }

    /** Which choice is right, counted from 0. */
    private int right(ObjectNode row, int choices, String place) {
        String said = Template.word(Template.at(row, task.answer(), place), task.answer(), place)
                .strip();
        List<String> labels = labels(row, choices, place);
        int right = labels.indexOf(said);
        if (right < 0 || right >= choices) {
            throw new UserError(place + ": its answer in '" + task.answer() + "' is '" + said + "', which is none of "
                    + String.join(", ", labels));
        }
        return right;
    }

    private List<String> labels(ObjectNode row, int choices, String place) {
        if (task.labels() == null || task.labels().isNull()) {
            return IntStream.range(0, choices).mapToObj(String::valueOf).toList();
        }
        return task.labels().isTextual() ? listed(row, task.labels().asText(), place) : texts(task.labels());
    }

    private static List<String> listed(ObjectNode row, String column, String place) {
        JsonNode list = Template.at(row, column, place);
        if (!list.isArray() || list.size() < 2) {
            throw new UserError(place + ": '" + column + "' holds " + list + " where a list of two or more is due");
        }
        return texts(list);
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private String cleaned(String text) {
        if (task.replace().isEmpty()) {
            return text;
        }
        String clean = PythonText.strip(text);
        for (Task.Replacement replacement : task.replace()) {
            clean = replacement.in(clean);
        }
        return clean;
    }
}
