package ffmerge.view;

import ffmerge.result.FamiliesResult;
import ffmerge.result.Labels;
import ffmerge.table.Columns;
import java.util.List;
import java.util.Optional;
import tech.tablesaw.api.Table;

/** The families of models, a row each. */
final class FamiliesView implements View<FamiliesResult> {
    @Override
    public Class<FamiliesResult> type() {
        return FamiliesResult.class;
    }

    @Override
    public String command(FamiliesResult result) {
        return "models";
    }

    @Override
    public boolean isFinding() {
        return false;
    }

    @Override
    public boolean isList(FamiliesResult result) {
        return true;
    }

    @Override
    public String sentence(FamiliesResult r) {
        long own = r.families().stream().filter(f -> f.file() != null).count();
        long families = r.families().stream()
                .map(FamiliesResult.Family::name)
                .distinct()
                .count();
        return Labels.counted(families, "families") + " of models can be loaded"
                + (own == 0 ? "" : ", " + Labels.count(own) + " of them described by files of yours") + ".";
    }

    @Override
    public Optional<Table> table(FamiliesResult result) {
        return Optional.of(new Columns<>("families", result.families())
                .text("family", FamiliesResult.Family::title)
                .text("model_type", f -> joined(f.modelTypes()))
                .text("task", FamiliesResult.Family::task)
                .text("stacks", f -> joined(f.stacks()))
                .text("gated", FamiliesResult.Family::gated)
                .text("generates", f -> f.generates() ? "yes" : "no")
                .text("asked", f -> f.asked() ? "yes" : "no")
                .text("merges", f -> joined(f.merges()))
                .text("prunes", f -> joined(f.prunes()))
                .text("quantize", f -> joined(f.quantize()))
                .text("formats", f -> joined(f.formats()))
                .text("file", f -> f.file() == null ? "built in" : f.file())
                .table());
    }

    private static String joined(List<String> words) {
        return String.join(", ", words);
    }
}
