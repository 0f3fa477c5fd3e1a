package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/** The families of models that can be loaded, and what works with each. */
public record FamiliesResult(List<Family> families) implements Result {
    public FamiliesResult {
        families = List.copyOf(families);
    }

    /**
     * A family with one of its heads.
     *
     * @param name as tables have it
     * @param title as people write it
     * @param modelTypes of configs that are of this family
     * @param task what its models do
     * @param stacks of layers
     * @param gated whether units have gates: yes, no, or some, as a config says
     * @param generates whether texts are generated
     * @param asked whether {@code --task} asks it questions with choices
     * @param merges what can be shared between layers
     * @param prunes what {@code prune --unit} takes
     * @param quantize what {@code quantize --to} takes
     * @param formats what {@code save --format} takes
     * @param file of the user's that describes it; null where it is built in
     */
    public record Family(
            String name,
            String title,
            List<String> modelTypes,
            String task,
            List<String> stacks,
            String gated,
            boolean generates,
            boolean asked,
            List<String> merges,
            List<String> prunes,
            List<String> quantize,
            List<String> formats,
            @JsonInclude(JsonInclude.Include.NON_NULL) String file) {
        public Family {
            modelTypes = List.copyOf(modelTypes);
            stacks = List.copyOf(stacks);
            merges = List.copyOf(merges);
            prunes = List.copyOf(prunes);
            quantize = List.copyOf(quantize);
            formats = List.copyOf(formats);
        }
    }
}
