package ffmerge.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.util.List;

/**
 * A token that is found in a text before the text is cut otherwise.
 *
 * @param singleWord whether it must stand alone
 * @param lstrip whether it takes the white space before it
 * @param rstrip whether it takes the white space behind it
 * @param normalized whether it is looked for in the normalized text
 * @param special whether it is left out when a text is shown
 */
public record AddedToken(
        String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {
    static final List<String> FLAGS = List.of("single_word", "lstrip", "rstrip", "normalized", "special");

    /** As transformers takes a token of which only the text is given. */
    public static AddedToken special(String content) {
        return new AddedToken(content, false, false, false, false, true);
    }

    /**
     * A token as an object; what is missing is as in Python's {@code AddedToken}.
     *
     * @param special null to take what the object says
     * @param path for messages: file and field
     * @throws UserError if the object is none of a token's
     */
    static AddedToken of(JsonNode token, Boolean special, String path) {
        if (!token.path("content").isTextual()) {
            throw new UserError(path + " should be a token with its 'content', is " + token);
        }
        boolean isSpecial = special == null ? flag(token, "special", false, path) : special;
        return new AddedToken(
                token.get("content").asText(),
                flag(token, "single_word", false, path),
                flag(token, "lstrip", false, path),
                flag(token, "rstrip", false, path),
                flag(token, "normalized", !isSpecial, path),
                isSpecial);
    }

    private static boolean flag(JsonNode token, String name, boolean absent, String path) {
        JsonNode flag = token.path(name);
        if (flag.isMissingNode()) {
            return absent;
        }
        if (!flag.isBoolean()) {
            throw new UserError(path + "." + name + " should be true or false, is " + flag);
        }
        return flag.asBoolean();
    }

    AddedToken asSpecial() {
        return new AddedToken(content, singleWord, lstrip, rstrip, normalized, true);
    }

    ObjectNode json(int id) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("content", content)
                .put("single_word", singleWord)
                .put("lstrip", lstrip)
                .put("rstrip", rstrip)
                .put("normalized", normalized)
                .put("special", special);
    }
}
