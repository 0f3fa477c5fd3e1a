package ffmerge.result;

/**
 * A model written to disk.
 *
 * @param format {@code tied}, {@code expanded}, {@code adapters}, {@code gguf} or {@code onnx}
 * @param bytes of the weights' file
 */
public record SaveResult(String model, String folder, String format, String dtype, long bytes) implements Result {}
