package ffmerge.task;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.data.PythonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with places for columns: {@code Question: {question}}. A place is a column's name, of what stands inside it also
 * {@code choices.0}, and may be changed: {@code {ctx_b|capitalize}}.
 */
record Template(String text) {
    private static final Pattern PLACE = Pattern.compile("\\{([^{}|]+)(?:\\|(\\w+))?}");

    /** What may be done with a text before it is put in, as Python's methods of these names do it. */
    private static final Map<String, UnaryOperator<String>> CHANGES = Map.of(
            "capitalize", Template::capitalize,
            "strip", PythonText::strip,
            "spaces", text -> text.replace('_', ' '));

    /** @throws UserError if a place asks for a change that there isn't */
    Template {
        Matcher places = PLACE.matcher(text);
        while (places.find()) {
            String change = places.group(2);
            if (change != null && !CHANGES.containsKey(change)) {
                throw new UserError("the place " + places.group() + " of a task asks for '" + change + "'"
                        + Nearest.hint(change, CHANGES.keySet(), "there are capitalize, spaces, strip"));
            }
        }
    }

    /**
     * The text with a row's cells in its places.
     *
     * @param where the row stands, for messages
     * @throws UserError if the row lacks one, or it holds no text and no number
     */
    String fill(JsonNode row, String where) {
        Matcher places = PLACE.matcher(text);
        StringBuilder filled = new StringBuilder();
        while (places.find()) {
            String said = word(at(row, places.group(1), where), places.group(1), where);
            String change = places.group(2);
            places.appendReplacement(
                    filled,
                    Matcher.quoteReplacement(
                            change == null ? said : CHANGES.get(change).apply(said)));
        }
        return places.appendTail(filled).toString();
    }

    /** A cell, or what stands inside it: {@code choices.text}, {@code choices.0}. */
    static JsonNode at(JsonNode row, String path, String where) {
        JsonNode node = row;
        for (String step : path.split("\\.")) {
            node = node.isArray() && step.chars().allMatch(Character::isDigit)
                    ? node.path(Integer.parseInt(step))
                    : node.path(step);
        }
        if (node.isNull()) {
            throw new UserError(where + " lacks '" + path + "', it is null");
        }
        if (node.isMissingNode()) {
            List<String> columns = new ArrayList<>();
            row.fieldNames().forEachRemaining(columns::add);
            throw new UserError(where + " lacks '" + path + "'"
                    + Nearest.hint(path, columns, "it has " + String.join(", ", columns)));
        }
        return node;
    }

    /** A text or a number as a text. */
    static String word(JsonNode node, String path, String where) {
        if (node.isContainerNode()) {
            throw new UserError(where + ": '" + path + "' holds " + (node.isArray() ? "a list" : "an object")
                    + " where a text is due");
        }
        return node.asText();
    }

    /** The first letter large, all others small. */
    private static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.codePointAt(0);
        return new StringBuilder()
                .appendCodePoint(Character.toTitleCase(first))
                .append(text.substring(Character.charCount(first)).toLowerCase(Locale.ROOT))
                .toString();
    }
}
