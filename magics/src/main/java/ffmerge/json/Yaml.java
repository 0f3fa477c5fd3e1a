package ffmerge.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** YAML, and what is wrong with a text that is none. */
public final class Yaml {
    private static final ObjectMapper MAPPER = new ObjectMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private Yaml() {}

    /** @throws JsonProcessingException if it is no YAML */
    public static JsonNode parse(String text) throws JsonProcessingException {
        return MAPPER.readTree(text);
    }

    public static JsonParser parser(String text) throws IOException {
        return MAPPER.createParser(text);
    }

    /** The line of the mistake, from 1; 0 where it isn't known. */
    public static int line(JsonProcessingException e) {
        Mark at = e.getCause() instanceof MarkedYAMLException marked ? marked.getProblemMark() : null;
        if (at != null) {
            return at.getLine() + 1;
        }
        return e.getLocation() == null ? 0 : e.getLocation().getLineNr();
    }

    /** Place and mistake: {@code  at line 3, column 7: …}. */
    public static String fault(JsonProcessingException e) {
        if (e.getCause() instanceof MarkedYAMLException marked) {
            Mark at = marked.getProblemMark(); // Jackson's own location is where the last thing was fine
            return place(at) + ": " + problem(marked);
        }
        JsonLocation at = e.getLocation();
        String problem = PythonJson.twice(e)
                .orElseGet(() -> e.getOriginalMessage().lines().findFirst().orElse(""));
        return (at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr()) + ": " + problem;
    }

    private static String place(Mark at) {
        return " at line " + (at.getLine() + 1) + ", column " + (at.getColumn() + 1);
    }

    /** SnakeYAML's words for what is wrong, without the names that it has for pieces of text. */
    private static String problem(MarkedYAMLException e) {
        String context = e.getContext() == null ? "" : e.getContext();
        boolean isList = context.contains("flow sequence");
        if (e.getContextMark() != null && (isList || context.contains("flow mapping"))) {
            return "the " + (isList ? "list that begins with [" : "mapping that begins with {")
                    + place(e.getContextMark()) + " goes on with neither , nor " + (isList ? "]" : "}");
        }
        return e.getProblem().lines().findFirst().orElse("").replaceAll("<([a-z ]+)>", "$1");
    }
}
