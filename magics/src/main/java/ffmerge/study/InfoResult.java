package ffmerge.study;

/** A model and its size. */
public record InfoResult(ModelInfo model) implements Result {}
