package ffmerge.result;

/**
 * A model written to disk.
 *
 * @param format {@code tied} or {@code expanded}
 * @param bytes of the weights' file
 */
public record SaveResult(String model, String folder, String format, String dtype, long bytes) implements Result {}
