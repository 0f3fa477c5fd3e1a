package ffmerge.view;

import ffmerge.result.ModelInfo;
import ffmerge.result.ModelsResult;
import ffmerge.table.Columns;
import java.util.Optional;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** What can be loaded and what is. */
final class ModelsView implements View<ModelsResult> {
    @Override
    public Class<ModelsResult> type() {
        return ModelsResult.class;
    }

    @Override
    public String command(ModelsResult result) {
        return "models";
    }

    @Override
    public boolean isFinding() {
        return false;
    }

    @Override
    public boolean isList(ModelsResult result) {
        return true;
    }

    @Override
    public String sentence(ModelsResult r) {
        String loaded = r.loaded().isEmpty()
                ? "Nothing is loaded."
                : "Loaded: " + r.loaded().stream().map(ModelInfo::name).collect(Collectors.joining(", ")) + ".";
        return "Demo models: " + String.join(", ", r.demos()) + ". Demo data: " + String.join(", ", r.data()) + ". "
                + loaded;
    }

    @Override
    public Optional<Table> table(ModelsResult result) {
        return Optional.of(new Columns<>("loaded models", result.loaded())
                .text("model", ModelInfo::name)
                .text("architecture", ModelInfo::architecture)
                .count("parameters", ModelInfo::parameters)
                .count("unique parameters", ModelInfo::uniqueParameters)
                .count("bytes", ModelInfo::bytes)
                .text("device", ModelInfo::device)
                .table());
    }
}
