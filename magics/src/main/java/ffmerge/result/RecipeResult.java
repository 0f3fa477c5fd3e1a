package ffmerge.result;

/** A recipe that was run to its end; each step has shown its own result. */
public record RecipeResult(int steps, double seconds) implements Result {}
