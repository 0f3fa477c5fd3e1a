package ffmerge.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import ffmerge.result.GridResult;
import ffmerge.result.GridResult.Against;
import ffmerge.result.GridResult.Cell;
import ffmerge.result.Interval;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The result of a grid that was computed before, by whomever, as its JSON has it: whoever goes its ways again should find 95 %
 * of the cells inside its intervals.
 */
public final class EarlierGrid {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What must be the same, so that values can be compared, by the result's fields. */
    private static final List<String> SAMPLE = List.of("model", "metric", "data", "split", "examples", "of", "steps");

    private final String file;
    private final JsonNode result;

    private EarlierGrid(String file, JsonNode result) {
        this.file = file;
        this.result = result;
    }

    /**
     * Reads a result.
     *
     * @param named as a user did
     * @throws UserError if there is none of a grid
     */
    public static EarlierGrid read(String named, Path file) {
        JsonNode read;
        try {
            read = JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw UserError.cannot("read " + named, e);
        }
        if (read == null
                || !read.path("cells").isArray()
                || !read.path("controls").isArray()) {
            throw new UserError(
                    named + " is no result of a grid: --against takes the .json that a grid's --out writes");
        }
        return new EarlierGrid(named, read);
    }

    /**
     * Makes sure that the two were measured on the same.
     *
     * @param now the other grid's result as JSON; its cells may still be missing
     * @throws UserError if they weren't
     */
    public void requireSame(JsonNode now) {
        for (String field : SAMPLE) {
            JsonNode then = result.path(field);
            if (!then.isMissingNode() && !then.asText().equals(now.path(field).asText())) {
                throw new UserError("the grid of " + file + " has " + field + " " + then.asText() + ", this one "
                        + now.path(field).asText() + ": values of the two can't be compared");
            }
        }
    }

    /** How many cells lie inside the earlier one's intervals; it was measured on the {@link #requireSame same}. */
    public Against compare(GridResult grid) {
        Map<String, Cell> byPlace = grid.all().stream()
                .filter(cell -> cell.value() != null)
                .collect(Collectors.toMap(
                        cell -> place(cell.way(), cell.size(), cell.seed()), cell -> cell, (a, b) -> a));
        List<Against.Outside> outside = new ArrayList<>();
        int inside = 0;
        int missing = 0;
        for (JsonNode cell : cells()) {
            Cell again =
                    byPlace.get(place(cell.path("way").asText(), number(cell.path("size")), whole(cell.path("seed"))));
            Interval interval = interval(cell.path("interval"));
            if (again == null) {
                missing++;
            } else if (interval.holds(again.value())) {
                inside++;
            } else {
                outside.add(new Against.Outside(
                        again.way(),
                        again.size(),
                        again.seed(),
                        again.value(),
                        cell.path("value").asDouble(),
                        interval));
            }
        }
        return new Against(file, inside + outside.size(), inside, missing, outside);
    }

    /** Those with an interval, controls first. */
    private List<JsonNode> cells() {
        return Stream.of("controls", "cells")
                .flatMap(list -> StreamSupport.stream(result.path(list).spliterator(), false))
                .filter(cell -> interval(cell.path("interval")) != null)
                .toList();
    }

    private static Interval interval(JsonNode bounds) {
        return bounds.size() == 2 && bounds.get(0).isNumber() && bounds.get(1).isNumber()
                ? new Interval(bounds.get(0).asDouble(), bounds.get(1).asDouble())
                : null;
    }

    private static Double number(JsonNode node) {
        return node.isNumber() ? node.asDouble() : null;
    }

    private static Integer whole(JsonNode node) {
        return node.isNumber() ? node.asInt() : null;
    }

    /** Sizes as they are shown: a third has no exact number. */
    private static String place(String way, Double size, Integer seed) {
        return way + "\n" + (size == null ? "" : Math.round(1e9 * size)) + "\n" + Objects.toString(seed);
    }
}
