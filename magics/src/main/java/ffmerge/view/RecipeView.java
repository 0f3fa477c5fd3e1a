package ffmerge.view;

import ffmerge.result.Labels;
import ffmerge.result.RecipeResult;

/** A recipe that was run; each of its steps showed its own result. */
final class RecipeView implements View<RecipeResult> {
    @Override
    public Class<RecipeResult> type() {
        return RecipeResult.class;
    }

    @Override
    public String command(RecipeResult result) {
        return "recipe";
    }

    @Override
    public boolean isFinding() {
        return false;
    }

    @Override
    public String sentence(RecipeResult r) {
        return "The recipe's " + (r.steps() == 1 ? "one step" : r.steps() + " steps") + " took "
                + Labels.duration(r.seconds()) + ".";
    }
}
