package ffmerge.task;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import ffmerge.FileKind;
import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.data.TextFiles;
import ffmerge.json.PlacedTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How rows of a table become questions, as a small JSON or YAML says. The known ones have prompts and choices as EleutherAI's
 * lm-evaluation-harness has them (version 0.4.13).
 *
 * @param name of the task
 * @param form what is asked
 * @param description stands before the prompt; may have places
 * @param prompt with places for columns
 * @param choices a list of texts with places, or the name of a column that holds a list
 * @param labels what the answer is one of, in the order of the choices, or the name of a column that holds them; null where
 *     the answer is a number, counted from 0
 * @param answer the column that says which choice is right
 * @param blank what stands in the prompt where a choice goes; of that form only
 * @param delimiter between prompt and choice
 * @param replace what is replaced in prompts and choices, in order, after they were stripped; empty leaves them as they are
 * @param examples how those are drawn that may stand before the question
 */
public record Task(
        String name,
        Form form,
        String description,
        String prompt,
        JsonNode choices,
        JsonNode labels,
        String answer,
        String blank,
        String delimiter,
        List<Replacement> replace,
        Examples examples) {
    /** What is asked of a model. */
    public enum Form {
        /** Which text follows the prompt. */
        @JsonProperty("choices")
        CHOICES,
        /** Which text stands in a gap, by how likely what follows the gap becomes. */
        @JsonProperty("blank")
        BLANK,
        /** The last word of a text. */
        @JsonProperty("last-word")
        LAST_WORD
    }

    /**
     * @param pattern a regular expression, in which a dot stands for all but the end of a line
     * @param by the text that comes instead
     */
    public record Replacement(Pattern pattern, String by) {
        @JsonCreator
        Replacement(@JsonProperty("pattern") String pattern, @JsonProperty("by") String by) {
            this(Pattern.compile(pattern, Pattern.UNIX_LINES), Objects.requireNonNull(by));
        }

        String in(String text) {
            return pattern.matcher(text).replaceAll(Matcher.quoteReplacement(by));
        }
    }

    /** In what order examples come. */
    public enum Draw {
        /** At random, others for each question. */
        @JsonProperty("random")
        RANDOM,
        /** As they stand, the same for each question. */
        @JsonProperty("first")
        FIRST
    }

    /**
     * How examples are drawn.
     *
     * @param split of the data that they come from
     * @param apart whether the question itself is left out where it stands among them
     * @param separator what stands behind each
     */
    public record Examples(String split, Draw draw, Boolean apart, String separator) {
        /** At random from the data to train on. */
        public static final Examples USUAL = new Examples(null, null, null, null);

        public Examples {
            split = split == null ? "train" : split;
            draw = draw == null ? Draw.RANDOM : draw;
            apart = apart == null || apart;
            separator = separator == null ? "\n\n" : separator;
        }
    }

    /** Names of the known tasks. */
    public static final List<String> KNOWN = List.of(
            "hellaswag", "piqa", "arc-easy", "arc-challenge", "winogrande", "openbookqa", "boolq", "lambada", "mmlu");

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    public Task {
        form = form == null ? Form.CHOICES : form;
        description = description == null ? "" : description;
        delimiter = delimiter == null ? " " : delimiter;
        replace = replace == null ? List.of() : List.copyOf(replace);
        examples = examples == null ? Examples.USUAL : examples;
    }

    /**
     * A known task, or the one that a file describes.
     *
     * @throws UserError if there is none of this name, or the file lacks a field
     */
    public static Task of(String nameOrFile) {
        if (KNOWN.contains(nameOrFile)) {
            return known(nameOrFile);
        }
        if (!UserPath.exists(nameOrFile)) {
            throw new UserError("there is no task '" + nameOrFile + "'"
                    + Nearest.hint(
                            nameOrFile, KNOWN, "tasks are " + String.join(", ", KNOWN) + ", or a JSON or YAML file"));
        }
        Path file = UserPath.of(nameOrFile);
        FileKind.requireReadable(file);
        String text = TextFiles.read(file);
        boolean isYaml = file.toString().toLowerCase(Locale.ROOT).matches(".*\\.ya?ml");
        return read(isYaml ? PlacedTree.ofYaml(text, file.toString()) : PlacedTree.ofJson(text, file.toString()));
    }

    private static Task known(String name) {
        String resource = name.startsWith("arc-") ? "arc" : name;
        try (InputStream in = Task.class.getResourceAsStream("/ffmerge/task/" + resource + ".json")) {
            return read(PlacedTree.ofJson(new String(in.readAllBytes(), StandardCharsets.UTF_8), name))
                    .named(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Task named(String other) {
        return new Task(other, form, description, prompt, choices, labels, answer, blank, delimiter, replace, examples);
    }

    private static Task read(PlacedTree json) {
        Task task;
        try {
            task = JSON.treeToValue(json.tree(), Task.class);
        } catch (UnrecognizedPropertyException e) {
            List<String> known = e.getKnownPropertyIds().stream()
                    .map(Object::toString)
                    .sorted()
                    .toList();
            String within =
                    e.getPath().size() < 2 ? "a task" : "'" + e.getPath().get(0).getFieldName() + "' of a task";
            throw new UserError(json.place(pointer(e)) + ": " + within + " has no field '" + e.getPropertyName() + "'"
                    + Nearest.hint(e.getPropertyName(), known, "it has " + String.join(", ", known)));
        } catch (JsonMappingException e) {
            String field = e.getPath().isEmpty() ? "task" : e.getPath().get(0).getFieldName();
            throw new UserError(json.place(pointer(e)) + ": the field '" + field + "' of a task can't be read: it is "
                    + json.tree().path(field));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        task.requireWhole(json);
        return task;
    }

    /** To where a mistake is. */
    private static String pointer(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> "/" + (step.getFieldName() == null ? step.getIndex() : step.getFieldName()))
                .collect(Collectors.joining());
    }

    private void requireWhole(PlacedTree json) {
        require(name != null && !name.isBlank(), json, "name", "what the task is called");
        require(prompt != null, json, "prompt", "a text with places for columns, as in \"Question: {question}\"");
        requireChanges(json, "description", description);
        requireChanges(json, "prompt", prompt);
        if (form != Form.LAST_WORD) {
            boolean listed = choices != null && (choices.isTextual() || choices.isArray() && choices.size() > 1);
            require(listed, json, "choices", "two texts or more, or the column that holds them");
            require(answer != null, json, "answer", "the column that says which choice is right");
            requireChoices(json);
        }
        require(form != Form.BLANK || blank != null && !blank.isEmpty(), json, "blank", "what stands for the gap");
    }

    private void requireChoices(PlacedTree json) {
        for (int i = 0; choices.isArray() && i < choices.size(); i++) {
            JsonNode choice = choices.get(i);
            String place = json.place("/choices/" + i);
            if (!choice.isValueNode() || choice.asText().isBlank()) {
                throw new UserError(place + ": a choice is a text that isn't empty; here it is " + choice);
            }
            requireChanges(json, "choices/" + i, choice.asText());
        }
        boolean labelled = labels != null && labels.isArray();
        if (labelled && choices.isArray() && labels.size() != choices.size()) {
            throw new UserError(json.place("/labels") + ": there are " + labels.size() + " labels and " + choices.size()
                    + " choices; each choice has its own label");
        }
    }

    private static void requireChanges(PlacedTree json, String field, String text) {
        try {
            new Template(text);
        } catch (UserError e) {
            throw new UserError(json.place("/" + field) + ": " + e.getMessage(), e);
        }
    }

    private static void require(boolean given, PlacedTree json, String field, String what) {
        if (!given) {
            throw new UserError(json.place("/" + field) + ": a task needs the field '" + field + "': " + what);
        }
    }
}
