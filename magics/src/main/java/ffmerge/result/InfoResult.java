package ffmerge.result;

/** A model and its size. */
public record InfoResult(ModelInfo model) implements Result {}
