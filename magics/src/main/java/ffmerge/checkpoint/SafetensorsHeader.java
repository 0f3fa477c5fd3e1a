package ffmerge.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON at the head of a safetensors file, checked so that no offset in it can lead a reader astray.
 *
 * @param placed each tensor and where its bytes lie
 * @param metadata the free strings under {@code __metadata__}
 */
record SafetensorsHeader(Map<String, Placed> placed, Map<String, String> metadata) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    static final String METADATA = "__metadata__";

    /** A tensor and the place of its first byte, counted from the end of the header. */
    record Placed(TensorSpec spec, long begin) {
        long end() {
            return begin + spec.bytes();
        }
    }

    /**
     * @param json the header's bytes
     * @param dataLength how many bytes follow the header in the file
     * @param file named in errors
     * @throws UserError if the header is not what the format asks for, or claims bytes that the file does not have
     */
    static SafetensorsHeader parse(byte[] json, long dataLength, String file) {
        JsonNode root = object(json, file);
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Placed> tensors = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (field.getKey().equals(METADATA)) {
                field.getValue()
                        .properties()
                        .forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
            } else {
                tensors.add(tensor(field.getKey(), field.getValue(), dataLength, file));
            }
        }
        requireNoGaps(tensors, dataLength, file);
        Map<String, Placed> placed = new LinkedHashMap<>();
        tensors.forEach(t -> placed.put(t.spec().name(), t));
        return new SafetensorsHeader(placed, metadata);
    }

    private static JsonNode object(byte[] json, String file) {
        if (json[0] != '{') {
            throw damaged(file, "its header is not a JSON object");
        }
        try (JsonParser parser = JSON.createParser(json)) {
            JsonNode root = JSON.readTree(parser);
            if (parser.nextToken() != null) {
                throw damaged(file, "something follows the JSON object of its header");
            }
            return root;
        } catch (IOException e) {
            throw damaged(file, "its header is not valid JSON: " + UserError.reason(e));
        }
    }

    private static Placed tensor(String name, JsonNode json, long dataLength, String file) {
        String what = "tensor '" + name + "'";
        DType dtype = Arrays.stream(DType.values())
                .filter(d -> d.name().equals(json.path("dtype").asText()))
                .findFirst()
                .orElseThrow(() -> damaged(
                        file,
                        what + " has the unknown dtype '" + json.path("dtype").asText() + "'"));
        if (!json.path("shape").isArray()) {
            throw damaged(file, what + " has no shape");
        }
        List<Long> shape = new ArrayList<>();
        for (JsonNode size : json.get("shape")) {
            if (!isWhole(size) || size.asLong() < 0) {
                throw damaged(file, what + " has the impossible size " + size + " in its shape");
            }
            shape.add(size.asLong());
        }
        JsonNode offsets = json.path("data_offsets");
        if (!offsets.isArray() || offsets.size() != 2 || !isWhole(offsets.get(0)) || !isWhole(offsets.get(1))) {
            throw damaged(file, what + " has no data_offsets of a first and a last byte");
        }
        long begin = offsets.get(0).asLong();
        long end = offsets.get(1).asLong();
        if (begin < 0 || end < begin || end > dataLength) {
            throw damaged(
                    file,
                    what + " lies at bytes " + begin + " to " + end + ", but the file holds " + dataLength
                            + " bytes of data: it is cut off or its header lies");
        }
        TensorSpec spec = new TensorSpec(name, dtype, shape);
        try {
            if (spec.bytes() != end - begin) {
                throw damaged(
                        file,
                        what + " of shape " + TensorSpec.describe(shape) + " in " + dtype.label() + " needs "
                                + spec.bytes() + " bytes, its offsets give " + (end - begin));
            }
        } catch (ArithmeticException e) {
            throw damaged(file, what + " has an impossible shape " + TensorSpec.describe(shape));
        }
        return new Placed(spec, begin);
    }

    private static boolean isWhole(JsonNode number) {
        return number.isIntegralNumber() && number.canConvertToLong();
    }

    /** The format allows neither overlaps nor holes, so that no byte of a file goes unexplained. */
    private static void requireNoGaps(List<Placed> tensors, long dataLength, String file) {
        List<Placed> byPlace = new ArrayList<>(tensors);
        byPlace.sort(Comparator.comparingLong(Placed::begin).thenComparingLong(Placed::end));
        long end = 0;
        for (Placed tensor : byPlace) {
            if (tensor.begin() < end) {
                throw damaged(file, "tensor '" + tensor.spec().name() + "' overlaps the one before it");
            }
            if (tensor.begin() > end) {
                throw damaged(file, "bytes " + end + " to " + tensor.begin() + " belong to no tensor");
            }
            end = tensor.end();
        }
        if (end != dataLength) {
            throw damaged(file, "bytes " + end + " to " + dataLength + " belong to no tensor");
        }
    }

    static UserError damaged(String file, String why) {
        return new UserError(file + " is not a sound safetensors file: " + why);
    }
}
