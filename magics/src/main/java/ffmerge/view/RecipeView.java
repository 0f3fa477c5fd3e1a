package ffmerge.view;

import ffmerge.result.Labels;
import ffmerge.result.RecipeResult;
import ffmerge.result.RunDifference;
import java.util.List;
import java.util.Optional;
import tech.tablesaw.api.Table;

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
                + Labels.duration(r.seconds()) + "." + (r.again() == null ? "" : " " + again(r.again()));
    }

    private static String again(RecipeResult.Again again) {
        List<RunDifference> results = again.differences().stream()
                .filter(d -> d.of().equals("result"))
                .toList();
        if (results.isEmpty()) {
            return "The result is that of the run " + again.run() + ".";
        }
        RunDifference first = results.get(0);
        return "The result is another than that of the run " + again.run() + ": " + first.name() + " " + first.b()
                + " instead of " + first.a() + (results.size() > 1 ? ", and more" : "") + ".";
    }

    @Override
    public Optional<Table> table(RecipeResult result) {
        return Optional.ofNullable(result.again())
                .map(RecipeResult.Again::differences)
                .filter(differences -> !differences.isEmpty())
                .map(RunsView::differences);
    }
}
