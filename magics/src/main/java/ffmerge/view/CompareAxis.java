package ffmerge.view;

import ffmerge.result.CompareResult.Axis;
import ffmerge.result.CompareResult.Row;
import ffmerge.result.Labels;
import java.util.Locale;

/**
 * The words for what the quality of models is set against.
 *
 * @param removed what a smaller model does without
 * @param superlative of the model that has most of it
 */
record CompareAxis(Axis axis, String title, String removed, String superlative) {
    static CompareAxis of(Axis axis) {
        return switch (axis) {
            case PARAMETERS -> new CompareAxis(axis, "size", "parameters removed", "largest");
            case BYTES -> new CompareAxis(axis, "size in bytes", "bytes removed", "largest");
            case LATENCY -> new CompareAxis(axis, "latency", "time saved", "slowest");
        };
    }

    /** How much of it a model has: {@code 11.7 MB}. */
    String amount(Row row) {
        return switch (axis) {
            case PARAMETERS -> Labels.count(row.uniqueParameters());
            case BYTES -> Labels.bytes(row.bytes());
            case LATENCY -> String.format(Locale.ROOT, "%,.1f ms", 1e3 * row.latency());
        };
    }
}
