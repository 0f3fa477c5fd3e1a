package ffmerge.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.FileKind;
import ffmerge.LfsPointer;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * JSON with the words {@code NaN}, {@code Infinity} and {@code -Infinity}, which Python's {@code json} writes and reads by
 * default. What is wrong with a text is said by its place, in no parser's words.
 */
public final class PythonJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
            .build();

    /** The parser's words for what is said in ours. */
    private static final Pattern TWICE = Pattern.compile("Duplicate field ('.*')", Pattern.DOTALL);

    private static final Pattern UNEXPECTED =
            Pattern.compile("Unexpected character \\(('.*?') \\(code", Pattern.DOTALL);

    private PythonJson() {}

    /** @throws UserError if the file can't be read or is no JSON */
    public static JsonNode read(Path file) {
        FileKind.requireReadable(file);
        LfsPointer.refuse(file);
        try {
            return parse(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    /** @throws UserError if the file can't be read or is no JSON object */
    public static ObjectNode readObject(Path file) {
        return object(read(file), file.toString());
    }

    /**
     * @param source where the text comes from, for messages
     * @throws UserError if it is no JSON in UTF-8
     */
    public static JsonNode parse(byte[] text, String source) {
        try {
            return parse(
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(text))
                            .toString(),
                    source);
        } catch (IOException e) {
            throw UserError.cannot("read " + source, e);
        }
    }

    /** As the other {@code parse}. */
    public static JsonNode parse(String text, String source) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UserError(source + " is not valid JSON: " + fault(e), e);
        }
    }

    static JsonParser parser(String text) throws IOException {
        return MAPPER.createParser(text);
    }

    /** @throws UserError if it is no JSON object */
    public static ObjectNode parseObject(String text, String source) {
        return object(parse(text, source), source);
    }

    private static ObjectNode object(JsonNode json, String source) {
        if (json instanceof ObjectNode object) {
            return object;
        }
        throw new UserError(source + " is not a JSON object");
    }

    /** What is wrong with a text that is no JSON: {@code an unexpected '}' at line 3, column 7}. */
    public static String fault(JsonProcessingException e) {
        if (e instanceof JsonEOFException) {
            return "it ends too early";
        }
        if (e instanceof StreamConstraintsException) {
            return "it is nested too deeply, or a name or number in it is too long";
        }
        Optional<String> twice = twice(e);
        if (twice.isPresent()) {
            return twice.get();
        }
        JsonLocation place = e.getLocation();
        Matcher unexpected = UNEXPECTED.matcher(e.getOriginalMessage());
        return (unexpected.lookingAt() ? "an unexpected " + unexpected.group(1) : "a mistake")
                + (place == null ? "" : " at line " + place.getLineNr() + ", column " + place.getColumnNr());
    }

    /** That a name stands twice in an object, if that is what is wrong. */
    static Optional<String> twice(JsonProcessingException e) {
        Matcher twice = TWICE.matcher(e.getOriginalMessage());
        return twice.lookingAt() ? Optional.of("it has " + twice.group(1) + " twice") : Optional.empty();
    }

    /** The text of a JSON tree, indented. */
    public static byte[] write(JsonNode json) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // a tree has nothing that can't be written
        }
    }
}
