package ffmerge.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON at the head of a safetensors file, checked so that no offset in it can lead a reader astray.
 *
 * @param placed each tensor and where its bytes lie
 * @param unknown the types of tensors, by their names, that aren't known here; nothing is said of their sizes
 * @param metadata the free strings under {@code __metadata__}
 */
record SafetensorsHeader(Map<String, Placed> placed, Map<String, String> unknown, Map<String, String> metadata) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    static final String METADATA = "__metadata__";

    /** A tensor and the place of its first byte, counted from the end of the header. */
    record Placed(TensorSpec spec, long begin) {}

    /** The bytes of a tensor, counted from the end of the header; the end is not one of them. */
    private record Extent(String name, long begin, long end) {}

    /**
     * @param json the header's bytes
     * @param dataLength how many bytes follow the header in the file
     * @param file named in errors
     * @throws UserError if the header is not what the format asks for, or claims bytes that the file does not have
     */
    static SafetensorsHeader parse(byte[] json, long dataLength, String file) {
        JsonNode root = object(json, file);
        Map<String, String> metadata = new LinkedHashMap<>();
        Map<String, Placed> placed = new LinkedHashMap<>();
        Map<String, String> unknown = new LinkedHashMap<>();
        List<Extent> extents = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (field.getKey().equals(METADATA)) {
                field.getValue()
                        .properties()
                        .forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
            } else {
                String name = field.getKey();
                String type = type(name, field.getValue(), file);
                Extent extent = extent(name, field.getValue(), dataLength, file);
                extents.add(extent);
                List<Long> shape = shape(name, field.getValue(), file);
                dtype(type)
                        .map(dtype -> new TensorSpec(name, dtype, shape))
                        .ifPresentOrElse(
                                spec -> placed.put(name, placed(spec, extent, file)), () -> unknown.put(name, type));
            }
        }
        requireNoGaps(extents, dataLength, file);
        return new SafetensorsHeader(placed, unknown, metadata);
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
        } catch (JsonProcessingException e) {
            throw damaged(file, "its header is not valid JSON: " + PythonJson.fault(e));
        } catch (IOException e) {
            throw damaged(file, "its header is not UTF-8 text");
        }
    }

    /** A type may be one that isn't known here; it has a name at least. */
    private static String type(String name, JsonNode json, String file) {
        JsonNode type = json.path("dtype");
        if (!type.isTextual() || type.asText().isBlank()) {
            throw damaged(file, "tensor '" + name + "' has the unknown dtype '" + type.asText() + "'");
        }
        return type.asText();
    }

    private static Optional<DType> dtype(String type) {
        return Arrays.stream(DType.values()).filter(d -> d.name().equals(type)).findFirst();
    }

    private static List<Long> shape(String name, JsonNode json, String file) {
        String what = "tensor '" + name + "'";
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
        return shape;
    }

    private static Extent extent(String name, JsonNode json, long dataLength, String file) {
        String what = "tensor '" + name + "'";
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
        return new Extent(name, begin, end);
    }

    private static Placed placed(TensorSpec spec, Extent extent, String file) {
        String what = "tensor '" + spec.name() + "'";
        long given = extent.end() - extent.begin();
        try {
            if (spec.bytes() != given) {
                throw damaged(
                        file,
                        what + " of shape " + TensorSpec.describe(spec.shape()) + " in "
                                + spec.dtype().label() + " needs " + spec.bytes() + " bytes, its offsets give "
                                + given);
            }
        } catch (ArithmeticException e) {
            throw damaged(file, what + " has an impossible shape " + TensorSpec.describe(spec.shape()));
        }
        return new Placed(spec, extent.begin());
    }

    private static boolean isWhole(JsonNode number) {
        return number.isIntegralNumber() && number.canConvertToLong();
    }

    /** The format allows neither overlaps nor holes, so that no byte of a file goes unexplained. */
    private static void requireNoGaps(List<Extent> tensors, long dataLength, String file) {
        List<Extent> byPlace = new ArrayList<>(tensors);
        byPlace.sort(Comparator.comparingLong(Extent::begin).thenComparingLong(Extent::end));
        long end = 0;
        for (Extent tensor : byPlace) {
            if (tensor.begin() < end) {
                throw damaged(file, "tensor '" + tensor.name() + "' overlaps the one before it");
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
