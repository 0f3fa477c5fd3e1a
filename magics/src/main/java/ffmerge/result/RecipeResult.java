package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * A recipe that was run to its end; each step has shown its own result.
 *
 * @param again of a recipe from a run's capsule, how its result compares with that run's; else null
 */
public record RecipeResult(
        int steps,
        double seconds,
        @JsonInclude(JsonInclude.Include.NON_NULL) Again again) implements Result {
    /**
     * A run done again.
     *
     * @param run the id of the run before
     * @param id of the run now
     * @param differences between the two
     */
    public record Again(String run, String id, List<RunDifference> differences) {
        public Again {
            differences = List.copyOf(differences);
        }
    }

    public RecipeResult(int steps, double seconds) {
        this(steps, seconds, null);
    }
}
