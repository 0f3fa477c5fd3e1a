package ffmerge.magic;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the steps of a recipe and their words stand in its text.
 *
 * @param step where it begins
 * @param keys where its command and its options stand, by their names
 */
record RecipePlaces(Place step, Map<String, Place> keys) {
    private static final Pattern OPTION = Pattern.compile("(?:^|no option )--([\\w-]+)");

    /** Both counted from 1. */
    record Place(int line, int column) {
        private static Place of(JsonLocation at) {
            return new Place(at.getLineNr(), at.getColumnNr());
        }

        @Override
        public String toString() {
            return "line " + line + ", column " + column;
        }
    }

    /** Of each step; none where the text is no list. */
    static List<RecipePlaces> of(JsonParser yaml) throws IOException {
        List<RecipePlaces> steps = new ArrayList<>();
        int depth = yaml.nextToken() == JsonToken.START_ARRAY ? 1 : 0;
        while (depth > 0) {
            JsonToken token = yaml.nextToken();
            Place place = Place.of(yaml.currentTokenLocation());
            if (depth == 1 && !token.isStructEnd()) {
                steps.add(new RecipePlaces(place, new LinkedHashMap<>()));
            }
            if (depth == 2 && token == JsonToken.FIELD_NAME) {
                steps.get(steps.size() - 1).keys.put(yaml.currentName(), place);
            }
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        }
        return steps;
    }

    /** Of what a message is about: the option that it begins with or says to be unknown, else the step. */
    Place of(String message) {
        Matcher option = OPTION.matcher(message);
        return option.find() ? keys.getOrDefault(option.group(1), step) : step;
    }
}
