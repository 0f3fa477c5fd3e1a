package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the cells of tables say as text. */
final class Cells {
    private static final List<String> SPEAKERS = List.of("speaker", "role", "name", "from", "author", "sender", "user");
    private static final List<String> WORDS = List.of("content", "text", "utterance", "value", "message");

    private Cells() {}

    /**
     * A cell of text; nothing is empty.
     *
     * @param place of the cell, for messages
     * @throws UserError if it holds something else
     */
    static String text(JsonNode cell, String place) {
        if (cell.isMissingNode() || cell.isNull()) {
            return "";
        }
        if (!cell.isTextual()) {
            throw new UserError(place + " holds " + kind(cell) + " where a text is due");
        }
        return cell.asText();
    }

    /**
     * A conversation, a line each turn: a text as it is, or a list of turns that are texts, or objects with the speaker and
     * the words.
     *
     * @throws UserError if it is something else
     */
    static String dialogue(JsonNode cell, String place) {
        if (!cell.isArray()) {
            return text(cell, place);
        }
        List<String> turns = new ArrayList<>();
        for (JsonNode turn : cell) {
            turns.add(turn.isObject() ? spoken(turn, place) : text(turn, place));
        }
        return String.join("\n", turns);
    }

    private static String spoken(JsonNode turn, String place) {
        Optional<JsonNode> words = first(turn, WORDS);
        if (words.isEmpty()) {
            List<String> keys = new ArrayList<>();
            turn.fieldNames().forEachRemaining(keys::add);
            throw new UserError(place + " holds a list of objects that have no text in " + String.join(", ", WORDS)
                    + "; they have " + String.join(", ", keys));
        }
        String said = words.get().asText();
        return first(turn, SPEAKERS)
                .map(speaker -> speaker.asText() + ": " + said)
                .orElse(said);
    }

    private static Optional<JsonNode> first(JsonNode turn, List<String> names) {
        return names.stream().map(turn::path).filter(JsonNode::isTextual).findFirst();
    }

    private static String kind(JsonNode cell) {
        if (cell.isContainerNode()) {
            return cell.isArray() ? "a list" : "an object";
        }
        return cell.isNumber() ? "a number" : cell.toString();
    }
}
