package ffmerge.magic;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import ffmerge.UserError;
import ffmerge.magic.command.PlacedMistake;
import ffmerge.magic.command.ValueMistake;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the words of a step of a recipe, or of a command's body, stand in the text.
 *
 * @param step where it begins
 * @param keys where its command and its options stand, by their names
 * @param values where the values of options stand
 * @param parts where the items of values stand that are lists themselves, by the place of the list
 * @param lines of the text
 */
record RecipePlaces(
        Place step,
        Map<String, Place> keys,
        Map<String, List<Place>> values,
        Map<Place, List<Place>> parts,
        List<String> lines) {
    private static final Pattern OPTION = Pattern.compile("(?:^|no option )--([\\w-]+)");
    /** What a text is written in; of those over several lines only the beginning is known. */
    private static final String QUOTES = "\"'";

    private static final String OF_LINES = "|>[{&*!";

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

    private RecipePlaces(Place step, String text) {
        this(
                step,
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                text.lines().toList());
    }

    /** Of each step of a list, or of a mapping as the only one; none where the text is neither. */
    static List<RecipePlaces> of(JsonParser yaml, String text) throws IOException {
        List<RecipePlaces> steps = new ArrayList<>();
        JsonToken root = yaml.nextToken();
        if (root == null || !root.isStructStart()) {
            return steps;
        }
        int top = root == JsonToken.START_ARRAY ? 2 : 1; // how deep the keys of a step lie
        if (top == 1) {
            steps.add(new RecipePlaces(Place.of(yaml.currentTokenLocation()), text));
        }
        String key = "";
        for (int depth = 1; depth > 0; ) {
            JsonToken token = yaml.nextToken();
            Place place = Place.of(yaml.currentTokenLocation());
            if (depth == top - 1 && !token.isStructEnd()) {
                steps.add(new RecipePlaces(place, text));
            }
            if (depth == top && token == JsonToken.FIELD_NAME) {
                key = yaml.currentName();
                steps.get(steps.size() - 1).keys.put(key, place);
            } else if (depth == top && token.isScalarValue() || depth == top + 1 && !token.isStructEnd()) {
                steps.get(steps.size() - 1)
                        .values
                        .computeIfAbsent(key, k -> new ArrayList<>())
                        .add(place);
            } else if (depth == top + 2 && token.isScalarValue()) {
                RecipePlaces own = steps.get(steps.size() - 1);
                List<Place> lists = own.values.get(key);
                own.parts
                        .computeIfAbsent(lists.get(lists.size() - 1), list -> new ArrayList<>())
                        .add(place);
            }
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        }
        return steps;
    }

    /** Of what a mistake is about: the value that is wrong, else the option that is named, else the step. */
    Place of(UserError mistake) {
        return within(mistake).orElse(step);
    }

    /** The same where it can be told. */
    Optional<Place> within(UserError mistake) {
        if (mistake instanceof ValueMistake value) {
            List<Place> places = values.getOrDefault(value.option(), List.of());
            return value.value() < places.size()
                    ? Optional.of(within(places.get(value.value()), value))
                    : Optional.ofNullable(keys.get(value.option()));
        }
        Matcher option = OPTION.matcher(mistake.getMessage());
        return option.find() ? Optional.ofNullable(keys.get(option.group(1))) : Optional.empty();
    }

    /** A mistake with its place where that can be told. */
    UserError told(UserError mistake) {
        return within(mistake)
                .<UserError>map(place -> new PlacedMistake(place.line(), place + ": " + mistake.getMessage(), mistake))
                .orElse(mistake);
    }

    /** In a value that begins at a place, written as one text or as a list. */
    private Place within(Place start, ValueMistake mistake) {
        List<Place> list = parts.getOrDefault(start, List.of());
        return mistake.part() < list.size()
                ? within(list.get(mistake.part()), mistake.offset())
                : within(start, mistake.start() + mistake.offset());
    }

    /** So far into a text that begins at a place. */
    private Place within(Place start, int offset) {
        String line = lines.get(start.line - 1);
        String first = line.substring(Math.min(line.length(), start.column - 1));
        boolean isElsewhere = first.isEmpty() || OF_LINES.indexOf(first.charAt(0)) >= 0 || offset >= first.length();
        int quote = !isElsewhere && QUOTES.indexOf(first.charAt(0)) >= 0 ? 1 : 0;
        return isElsewhere ? start : new Place(start.line, start.column + quote + offset);
    }
}
